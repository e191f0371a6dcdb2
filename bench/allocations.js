/** What the active backend allocates. tf.memory() does not count buffers that were freed before it was called. */
import * as tf from '@tensorflow/tfjs';

/** The heap of tfjs's wasm backend has its own allocator. */
function onWasmHeap(run) {
  const { wasm } = tf.backend();
  const malloc = wasm._malloc;
  let bytes = 0;
  wasm._malloc = (size) => {
    bytes += size;
    return malloc(size);
  };
  try {
    run();
  } finally {
    wasm._malloc = malloc;
  }
  return bytes;
}

/** JavaScript arrays. The figure is too low if the garbage collector frees others meanwhile. */
function onHeap(run) {
  globalThis.gc();
  const before = process.memoryUsage().arrayBuffers;
  run();
  return Math.max(0, process.memoryUsage().arrayBuffers - before);
}

/** @returns the bytes allocated for values while the function runs, including those that it frees again. */
export const allocatedIn = (run) => (tf.getBackend() === 'wasm' ? onWasmHeap(run) : onHeap(run));

/** Whether two tensors share a buffer. tf.memory() counts its bytes twice. */
export function sharesValues(one, other) {
  const backend = tf.backend();
  const place = (tensor) =>
    tf.getBackend() === 'wasm' ? backend.getMemoryOffset(tensor.dataId) : backend.readSync(tensor.dataId);
  return place(one) === place(other);
}
