import { bytes } from '../shared/images';

/**
 * Sums rows by segment, in one pass: out[id, i] = sum of x[j, i] over all j with ids[j] = id, in the order of j, from
 * 0. Rows whose id belongs to no segment are left out.
 *
 * @param x [n, inner]
 * @param ids n int32
 * @param out [segments, inner], overwritten
 */
export function segmentSum(x: usize, ids: usize, out: usize, n: i32, inner: i32, segments: i32): void {
  memory.fill(out, 0, <usize>segments * bytes(inner));
  for (; n > 0; --n) {
    const id = load<u32>(ids);
    if (id < <u32>segments) {
      let from = x;
      let to = out + <usize>id * bytes(inner);
      let i = inner;
      for (; i >= 4; i -= 4) {
        v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
        from += 16;
        to += 16;
      }
      for (; i > 0; --i) {
        store<f32>(to, load<f32>(to) + load<f32>(from));
        from += 4;
        to += 4;
      }
    }
    ids += 4;
    x += bytes(inner);
  }
}
