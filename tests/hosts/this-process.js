/**
 * Runs tests in the JavaScript runtime that executes this file, be it Node, Bun or Deno: those of every host or, with
 * `--folder`, those that only Node runs. `node tests/hosts/this-process.js [--folder NAME] [--file PATH]... backend...`.
 */
import { readCommandLine } from './command-line.js';
import { report } from './report.js';
import { runHere } from './run-here.js';
import { chooseTestFiles } from './test-files.js';

const { Bun, Deno } = globalThis;
const { folder = '.', files, ...host } = readCommandLine({ folder: { type: 'string' } });
report({ version: Bun ? `Bun ${Bun.version}` : Deno ? `Deno ${Deno.version.deno}` : `Node ${process.versions.node}` });
await runHere(chooseTestFiles([folder], files), host);
