import { mulberry32 } from '../tools/random.js';

/** Seeded float32 values, uniform in [-1, 1). */
export function randomValues(n, seed) {
  const random = mulberry32(seed);
  const values = new Float32Array(n);
  for (let i = 0; i < n; ++i) values[i] = 2 * random() - 1;
  return values;
}
