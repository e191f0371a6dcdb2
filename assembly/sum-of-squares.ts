/**
 * The sum of the squares of n values, in float64, where the square of no float32 overflows.
 *
 * Value number i of a block of 16,384 goes to sum i mod 8. At the end of a block its eight sums are added up in pairs, and the
 * result to the total: an order that stays the same if the values come a block at a time.
 *
 * @param values the byte address of n float32. Nothing else is read, and nothing is written.
 */
export function sumOfSquares(values: usize, n: usize): f64 {
  let left = n << 2;
  let total: f64 = 0;
  while (left > 0) {
    const block: usize = left < 65536 ? left : 65536;
    left -= block;
    let a = f64x2.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let i: usize = 0;
    for (; block - i >= 32; i += 32) {
      const v0 = v128.load(values + i, 0);
      const v1 = v128.load(values + i, 16);
      a = f64x2.add(a, square(v0));
      b = f64x2.add(b, square(v128.shuffle<i64>(v0, v0, 1, 1)));
      c = f64x2.add(c, square(v1));
      d = f64x2.add(d, square(v128.shuffle<i64>(v1, v1, 1, 1)));
    }
    // Fewer than eight are left: zeros take the places of the others.
    if (i < block) a = f64x2.add(a, square(two(values, i, block)));
    if (i + 8 < block) b = f64x2.add(b, square(two(values, i + 8, block)));
    if (i + 16 < block) c = f64x2.add(c, square(two(values, i + 16, block)));
    if (i + 24 < block) d = f64x2.add(d, square(two(values, i + 24, block)));
    const sums = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
    total += f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
    values += block;
  }
  return total;
}

/** Of the first two lanes. */
// @ts-ignore: a decorator
@inline
function square(v: v128): v128 {
  const wide = f64x2.promote_low_f32x4(v);
  return f64x2.mul(wide, wide);
}

// @ts-ignore: a decorator
@inline
function two(values: usize, i: usize, end: usize): v128 {
  return i + 8 <= end ? v128.load64_zero(values + i) : v128.load32_zero(values + i);
}
