/** TensorFlow.js with the backends of this host, which `globalThis.TEST_HOST` names: Node, a browser page, ... */
import * as tf from '@tensorflow/tfjs';

const host = globalThis.TEST_HOST ?? { backends: ['cpu', 'wasm'] };

if (host.backends.includes('wasm')) {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  if (host.wasmPath) setWasmPaths(host.wasmPath);
}
if (host.backends.includes('webgpu')) await import('@tensorflow/tfjs-backend-webgpu');

// Spares the test's output a recommendation of tfjs-node.
tf.env().set('PROD', true);

/** `brief`: a part of random sequences and long trainings is enough, because another host runs them whole. */
export const { backends, brief = false } = host;
export { tf };
