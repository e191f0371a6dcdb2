/**
 * Where a page finds what it imports by name: the package and tfjs as they are, and empty modules for those of Node.
 */
const nothing = 'data:text/javascript,export default {}';

/** @param folder the path of the folder where tfjs is installed, if not the root: '/tests/tfjs-oldest', for example. */
export function modulesOf(folder = '') {
  const installed = `${folder}/node_modules/@tensorflow`;
  return {
    'tfjs-lookahead': '/dist/tfjs-lookahead.js',
    '@tensorflow/tfjs': `${installed}/tfjs/dist/tf.fesm.js`,
    '@tensorflow/tfjs-core': `${installed}/tfjs/dist/tf.fesm.js`,
    '@tensorflow/tfjs-backend-wasm': `${installed}/tfjs-backend-wasm/dist/tf-backend-wasm.fesm.js`,
    '@tensorflow/tfjs-backend-webgpu': `${installed}/tfjs-backend-webgpu/dist/tf-backend-webgpu.fesm.js`,
    fs: nothing,
    path: nothing,
    perf_hooks: nothing,
    os: nothing,
    worker_threads: nothing,
  };
}

export const wasmPathOf = (folder = '') => `${folder}/node_modules/@tensorflow/tfjs-backend-wasm/dist/`;

export const modules = modulesOf();
export const wasmPath = wasmPathOf();
