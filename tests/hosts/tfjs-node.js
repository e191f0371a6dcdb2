/**
 * Runs the tests that need no model on the `tensorflow` backend, which is the JavaScript of tfjs-node on a test binding:
 * `node tests/hosts/tfjs-node.js [--file PATH]...`.
 */
import { readCommandLine } from './command-line.js';
import { useTfjsOf } from './other-tfjs.js';
import { report } from './report.js';
import { runHere } from './run-here.js';
import { chooseTestFiles } from './test-files.js';
import { makeBinding } from './tfjs-node-binding.js';

await useTfjsOf('tfjs-node');
const { default: tf } = await import('@tensorflow/tfjs');
const { default: kernelBackend } = await import('@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js');
await import('@tensorflow/tfjs-node/dist/register_all_kernels.js');

report({ version: `tfjs-node ${tf.version.tfjs}` });

await tf.setBackend('cpu');
const binding = makeBinding(tf, tf.backend());
tf.registerBackend('tensorflow', () => new kernelBackend.NodeJSKernelBackend(binding, 'tensorflow'));

/** They train models, and the test binding has too few ops for these. */
const needModels = [
  'mistakes.test.js',
  'names-of-optimizers.test.js',
  'optimizer.test.js',
  'rebuilt-models.test.js',
  'refused-lists.test.js',
  'restoring.test.js',
  'saving-while-training.test.js',
  'saving.test.js',
  'shared-layers.test.js',
  'user-optimizers.test.js',
];

/** Files that compare cpu and wasm alone. */
const needOtherBackends = ['stateful.test.js'];

const { files, brief } = readCommandLine();
const testFiles = chooseTestFiles(['.'], files).filter((path) => ![...needModels, ...needOtherBackends].includes(path));
await runHere(testFiles, { backends: ['tensorflow'], brief });
