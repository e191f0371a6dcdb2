import * as tf from '@tensorflow/tfjs';

/** @returns the versions of Node, TensorFlow.js and the backend. */
export async function startBackend(name) {
  // Without it, TensorFlow.js prints a notice that recommends another package in Node.js.
  tf.env().set('PROD', true);
  const versions = { node: process.versions.node, tfjs: tf.version.tfjs };
  if (name === 'wasm') versions['tfjs-backend-wasm'] = (await import('@tensorflow/tfjs-backend-wasm')).version_wasm;
  if (!(await tf.setBackend(name))) throw new Error(`The backend '${name}' did not start.`);
  return versions;
}
