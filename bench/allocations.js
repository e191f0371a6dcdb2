/** The allocations of the active backend. tf.memory() does not count buffers that were freed before it was called. */
import * as tf from '@tensorflow/tfjs';

/** The heap of tfjs has an allocator of its own. */
function watchHeap(run) {
  const { wasm } = tf.backend();
  const { _malloc: malloc, _free: free } = wasm;
  const sizes = new Map();
  let [bytes, live, peak] = [0, 0, 0];
  wasm._malloc = (size) => {
    const address = malloc(size);
    sizes.set(address, size);
    bytes += size;
    live += size;
    peak = Math.max(peak, live);
    return address;
  };
  wasm._free = (address) => {
    live -= sizes.get(address) ?? 0;
    sizes.delete(address);
    free(address);
  };
  const use = () => {
    [bytes, live, peak] = [0, 0, 0];
    run();
    return { allocatedBytes: bytes, highWaterBytes: peak };
  };
  const end = () => Object.assign(wasm, { _malloc: malloc, _free: free });
  return { use, end };
}

/** Arrays of JavaScript, less those that the collector is still freeing. */
function watchArrays(run) {
  const use = () => {
    globalThis.gc();
    const before = process.memoryUsage().arrayBuffers;
    run();
    return { allocatedBytes: Math.max(0, process.memoryUsage().arrayBuffers - before) };
  };
  return { use, end() {} };
}

const watch = (run) => (tf.getBackend() === 'wasm' ? watchHeap(run) : watchArrays(run));

/**
 * @returns the bytes allocated for values, those that are freed again included, and on `wasm` the most that were there
 * at once beside those that were there before. (On `cpu` that is for the collector to decide.) Each is the most of
 * several runs, because a figure lacks what a collection frees meanwhile.
 */
export function heapUseOf(run, runs = 1) {
  const { use, end } = watch(run);
  try {
    if (runs > 1) use(); // what a run frees of the run before is known from here on
    const uses = Array.from({ length: runs }, use);
    const most = (key) => Math.max(...uses.map((each) => each[key]));
    return Object.fromEntries(Object.keys(uses[0]).map((key) => [key, most(key)]));
  } finally {
    end();
  }
}

/** @returns the bytes allocated for values while the function runs once. */
export const allocatedIn = (run) => heapUseOf(run).allocatedBytes;

/** Whether two tensors share a buffer. tf.memory() counts its bytes twice. */
export function sharesValues(one, other) {
  const backend = tf.backend();
  const place = (tensor) =>
    tf.getBackend() === 'wasm' ? backend.getMemoryOffset(tensor.dataId) : backend.readSync(tensor.dataId);
  return place(one) === place(other);
}
