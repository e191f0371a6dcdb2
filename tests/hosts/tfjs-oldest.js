/** Runs the tests on the oldest TensorFlow.js of the peer range: `node tests/hosts/tfjs-oldest.js [--file PATH]... backend...`. */
import { readCommandLine } from './command-line.js';
import { useTfjsOf } from './other-tfjs.js';
import { report } from './report.js';
import { runHere } from './run-here.js';
import { chooseTestFiles } from './test-files.js';

useTfjsOf(new URL('../tfjs-oldest/', import.meta.url));
const { version } = await import('@tensorflow/tfjs');
report({ version: `tfjs ${version.tfjs}` });
const { files, backends } = readCommandLine();
await runHere(chooseTestFiles(['.'], files), backends);
