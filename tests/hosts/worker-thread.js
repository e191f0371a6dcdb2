/** Runs the suite in a worker thread of Node: `node tests/hosts/worker-thread.js backend...`. */
import { isMainThread, Worker } from 'node:worker_threads';

const backends = process.argv.slice(2);

if (isMainThread) {
  console.log(`version: Node ${process.versions.node}`);
  const worker = new Worker(new URL(import.meta.url), { argv: backends });
  worker.on('exit', (code) => {
    process.exitCode = code;
  });
} else {
  globalThis.TEST_HOST = { backends };
  const { everywhere, run } = await import('../suite.js');
  await run({
    ...everywhere,
    'worker-thread/two-at-once.test.js': () => import('./worker-thread/two-at-once.test.js'),
  });
}
