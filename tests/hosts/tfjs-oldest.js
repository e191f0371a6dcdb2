/**
 * Runs the tests on an oldest TensorFlow.js of the peer range, by default that of version 4:
 * `node tests/hosts/tfjs-oldest.js [--tfjs FOLDER] [--file PATH]... backend...`.
 */
import { readCommandLine } from './command-line.js';
import { useTfjsOf } from './other-tfjs.js';
import { report } from './report.js';
import { runHere } from './run-here.js';
import { chooseTestFiles } from './test-files.js';

const { tfjs, files, ...host } = readCommandLine({ tfjs: { type: 'string', default: 'tfjs-oldest' } });
await useTfjsOf(tfjs);
globalThis.TEST_HOST = host;
const { tfjsLacks } = await import('../support/tfjs-lacks.js');
if (tfjsLacks('wasm in a Node that has fetch')) delete globalThis.fetch;
const { version } = await import('@tensorflow/tfjs');
report({ version: `tfjs ${version.tfjs}` });
await runHere(chooseTestFiles(['.'], files), host);
