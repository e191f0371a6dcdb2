/** A wasm heap without room, for tests in a process of their own, since it takes 4 GiB of addresses. */

/**
 * Takes all blocks of at least `smallest` bytes. If not even a few bytes are left, tfjs itself aborts when it makes a
 * tensor.
 *
 * @param wasm the module of the `wasm` backend.
 * @returns a function that gives the memory back.
 */
export function fillHeap(wasm, smallest) {
  const addresses = [];
  for (let size = 2 ** 30; size >= smallest; ) {
    const address = wasm._malloc(size);
    if (address === 0) size /= 2;
    else addresses.push(address);
  }
  return () => {
    for (const address of addresses) wasm._free(address);
  };
}

export function messageOf(fn) {
  try {
    fn();
    return 'nothing was thrown';
  } catch (error) {
    return error.message;
  }
}
