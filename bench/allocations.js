/** What the active backend allocates, which tfjs does not tell of buffers that are gone when it is asked. */
import * as tf from '@tensorflow/tfjs';

/** The heap of tfjs has an allocator of its own. */
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

/** Arrays of JavaScript, less those that the collector is still freeing. */
function onHeap(run) {
  globalThis.gc();
  const before = process.memoryUsage().arrayBuffers;
  run();
  return Math.max(0, process.memoryUsage().arrayBuffers - before);
}

/** @returns the bytes allocated for values while the function runs, those that it frees again included. */
export const allocatedIn = (run) => (tf.getBackend() === 'wasm' ? onWasmHeap(run) : onHeap(run));

/** Whether two tensors have their values at the same place: the count of bytes of tfjs takes both for full. */
export function sharesValues(one, other) {
  const backend = tf.backend();
  const place = (tensor) =>
    tf.getBackend() === 'wasm' ? backend.getMemoryOffset(tensor.dataId) : backend.readSync(tensor.dataId);
  return place(one) === place(other);
}
