/** Counts and states for tests of the GPU backends: programs run, values read back, layouts of textures. */
import { tf } from './tf.js';

/** Counts the calls of a method while `fn` runs. */
export function countCalls(object, method, fn) {
  const original = object[method];
  let calls = 0;
  object[method] = function (...args) {
    ++calls;
    return original.apply(this, args);
  };
  try {
    fn();
  } finally {
    object[method] = original;
  }
  return calls;
}

/** How many programs run while `fn` does. */
export const dispatches = {
  webgl: (fn) => countCalls(tf.backend().gpgpu.gl, 'drawElements', fn),
  webgpu: (fn) => countCalls(globalThis.GPUComputePassEncoder.prototype, 'dispatchWorkgroups', fn),
};

/** Ops of tfjs compute small tensors on the CPU, if they are there already. While `fn` runs, all is on the GPU. */
export async function onGPU(fn) {
  const flags = ['WEBGL_CPU_FORWARD', 'WEBGPU_CPU_FORWARD'].filter((flag) => flag in tf.env().flagRegistry);
  for (const flag of flags) tf.env().set(flag, false);
  try {
    await fn();
  } finally {
    for (const flag of flags) tf.env().set(flag, true);
  }
}

/** Whether a texture of webgl holds four values a texel. */
export const isPacked = ({ dataId }) => Boolean(tf.backend().texData.get(dataId).isPacked);

/** The result of an op with two arguments, in a texture that holds one value a texel. */
export function unpacked(fn) {
  tf.env().set('WEBGL_PACK_BINARY_OPERATIONS', false);
  try {
    return fn();
  } finally {
    tf.env().set('WEBGL_PACK_BINARY_OPERATIONS', true);
  }
}
