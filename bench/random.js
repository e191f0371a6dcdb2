/** Seeded float32 values, uniform in [-1, 1): mulberry32. */
export function randomValues(n, seed) {
  const values = new Float32Array(n);
  let state = seed;
  for (let i = 0; i < n; ++i) {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    values[i] = ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  }
  return values;
}
