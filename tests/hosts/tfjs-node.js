/** Runs what of the suite needs no model on the `tensorflow` backend: the JavaScript of tfjs-node, on a test binding. */

import { useTfjsOf } from './other-tfjs.js';
import { makeBinding } from './tfjs-node-binding.js';

useTfjsOf(new URL('../tfjs-node/', import.meta.url));
const { default: tf } = await import('@tensorflow/tfjs');
const { default: kernelBackend } = await import('@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js');
await import('@tensorflow/tfjs-node/dist/register_all_kernels.js');

console.log(`version: tfjs-node ${tf.version.tfjs}`);

await tf.setBackend('cpu');
const binding = makeBinding(tf, tf.backend());
tf.registerBackend('tensorflow', () => new kernelBackend.NodeJSKernelBackend(binding, 'tensorflow'));
globalThis.TEST_HOST = { backends: ['tensorflow'] };

const { run, everywhere } = await import('../suite.js');
const names = [
  'lerp.test.js',
  'immutability.test.js',
  'leaks.test.js',
  'lookahead.test.js',
  'bad-input.test.js',
  'kernel-choice.test.js',
];
await run(Object.fromEntries(names.map((name) => [name, everywhere[name]])));
