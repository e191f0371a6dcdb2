/**
 * Transposes 4 x 4 elements of four bytes: element (i, j) of `from` becomes (j, i) of `to`. The rows of `from` are
 * `fromStep` bytes apart.
 */
// @ts-ignore: decorator
@inline
export function interleave4(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + fromStep);
  const c = v128.load(from + (fromStep << 1));
  const d = v128.load(from + fromStep * 3);
  const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(ab0, cd0, 0, 2));
  v128.store(to + toStep, v128.shuffle<i64>(ab0, cd0, 1, 3));
  v128.store(to + (toStep << 1), v128.shuffle<i64>(ab2, cd2, 0, 2));
  v128.store(to + toStep * 3, v128.shuffle<i64>(ab2, cd2, 1, 3));
}
