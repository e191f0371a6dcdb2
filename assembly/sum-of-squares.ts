/**
 * The sum of the squares of n values, in float64.
 *
 * Value number i of a block of 16,384 goes to sum i mod 4. Sixteen values are taken at a time: the four that go to one
 * sum are first added up in pairs in float32, which takes half the time (measured). The values left over are not, nor
 * is a block in which that overflows. At the end of a block its sums are added up, 0 and 2, 1 and 3, then both, and the
 * result goes to the total. This order stays the same if the values come a block at a time.
 *
 * @param values the byte address of n float32. Nothing else is read, and nothing is written.
 */
export function sumOfSquares(values: usize, n: usize): f64 {
  let left = n << 2;
  let total: f64 = 0;
  while (left > 0) {
    const block: usize = left < 65536 ? left : 65536;
    left -= block;
    let sum = ofBlock(values, block, block & ~63);
    if (sum - sum != 0) sum = ofBlock(values, block, 0);
    total += sum;
    values += block;
  }
  return total;
}

/** @param fast how many bytes are added up in float32 first: a multiple of 64. */
// @ts-ignore: a decorator
@inline
function ofBlock(values: usize, block: usize, fast: usize): f64 {
  let a = f64x2.splat(0);
  let b = a;
  let i: usize = 0;
  for (; i < fast; i += 64) {
    const v0 = v128.load(values + i, 0);
    const v1 = v128.load(values + i, 16);
    const v2 = v128.load(values + i, 32);
    const v3 = v128.load(values + i, 48);
    const four = f32x4.add(
      f32x4.add(f32x4.mul(v0, v0), f32x4.mul(v1, v1)),
      f32x4.add(f32x4.mul(v2, v2), f32x4.mul(v3, v3)),
    );
    a = f64x2.add(a, f64x2.promote_low_f32x4(four));
    b = f64x2.add(b, f64x2.promote_low_f32x4(v128.shuffle<i64>(four, four, 1, 1)));
  }
  for (; i < block; i += 16) {
    a = f64x2.add(a, squares(values, i, block));
    if (i + 8 < block) b = f64x2.add(b, squares(values, i + 8, block));
  }
  const sums = f64x2.add(a, b);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** The squares of two values, or of one and 0. */
// @ts-ignore: a decorator
@inline
function squares(values: usize, i: usize, end: usize): v128 {
  const wide = f64x2.promote_low_f32x4(i + 8 <= end ? v128.load64_zero(values + i) : v128.load32_zero(values + i));
  return f64x2.mul(wide, wide);
}
