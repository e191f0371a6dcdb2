/** Runs the tests in a worker thread of Node: `node tests/hosts/worker-thread.js [--file PATH]... backend...`. */
import { isMainThread, Worker } from 'node:worker_threads';
import { readCommandLine } from './command-line.js';
import { report } from './report.js';
import { runHere } from './run-here.js';
import { chooseTestFiles } from './test-files.js';

if (isMainThread) {
  report({ version: `Node ${process.versions.node}` });
  const worker = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) });
  worker.on('exit', (code) => {
    process.exitCode = code;
  });
} else {
  const { files, ...host } = readCommandLine();
  await runHere(chooseTestFiles(['.', 'hosts/worker-thread'], files), host);
}
