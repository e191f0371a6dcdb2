/**
 * Whether each of n values is finite: neither NaN nor infinite.
 *
 * The difference of a value and itself is +0 if it is finite, else NaN, whose bits are not all 0. So one `or` over all
 * differences tells, with no comparison for each. It stops at the first window of 1,024 bytes that has another value.
 *
 * @param values the byte address of n float32. Nothing else is read, and nothing is written.
 * @returns 1 or 0.
 */
export function finite(values: usize, n: usize): i32 {
  const size = n << 2;
  let i: usize = 0;

  while (size - i >= 64) {
    const window: usize = size - i < 1024 ? (size - i) & ~63 : 1024;
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    for (const stop = i + window; i < stop; i += 64) {
      const v0 = v128.load(values + i, 0);
      const v1 = v128.load(values + i, 16);
      const v2 = v128.load(values + i, 32);
      const v3 = v128.load(values + i, 48);
      a = v128.or(a, f32x4.sub(v0, v0));
      b = v128.or(b, f32x4.sub(v1, v1));
      c = v128.or(c, f32x4.sub(v2, v2));
      d = v128.or(d, f32x4.sub(v3, v3));
    }
    if (v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) return 0;
  }

  for (; i < size; i += 4) {
    const value = load<f32>(values + i);
    if (value - value != 0) return 0;
  }
  return 1;
}
