/** The generator mulberry32: numbers in [0, 1), always the same for the same seed. */
export function mulberry32(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Never 0, because TensorFlow.js reads that as "no seed". */
export function drawSeed(random) {
  return 1 + Math.floor(random() * (2 ** 31 - 1));
}
