/**
 * Standard normal numbers from uniform ones in [0, 1), by Marsaglia's polar method. tf.randomNormal is 30 times slower.
 */
export function normals(random, count) {
  const values = new Float32Array(count + (count % 2));
  for (let i = 0; i < count; ) {
    const x = 2 * random() - 1;
    const y = 2 * random() - 1;
    const square = x * x + y * y;
    if (square >= 1 || square === 0) continue;
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    values[i++] = x * factor;
    values[i++] = y * factor;
  }
  return values.subarray(0, count);
}
