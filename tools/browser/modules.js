/**
 * Where a page finds what it imports by name: the package and tfjs as they are, and empty modules for those of Node.
 */
const nothing = 'data:text/javascript,export default {}';

export const modules = {
  'tfjs-lookahead': '/dist/tfjs-lookahead.js',
  '@tensorflow/tfjs': '/node_modules/@tensorflow/tfjs/dist/tf.fesm.js',
  '@tensorflow/tfjs-core': '/node_modules/@tensorflow/tfjs/dist/tf.fesm.js',
  '@tensorflow/tfjs-backend-wasm': '/node_modules/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.fesm.js',
  '@tensorflow/tfjs-backend-webgpu': '/node_modules/@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.fesm.js',
  fs: nothing,
  path: nothing,
  perf_hooks: nothing,
  os: nothing,
};

export const wasmPath = '/node_modules/@tensorflow/tfjs-backend-wasm/dist/';
