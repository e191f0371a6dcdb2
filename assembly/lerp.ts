/**
 * out[i] = start[i] + weight * (end[i] - start[i])    for i in [0, n)
 *
 * `out`, `start` and `end` are byte addresses of n float32 each, in whatever memory the module was instantiated on.
 * Nothing else is read or written: no data segment, no globals, no allocation, so the memory may belong to someone
 * else. `out` may be the same range as `start` or `end`; ranges that overlap in part are not supported.
 *
 * Every operation rounds to float32 on its own (no relaxed SIMD, no fused multiply-add), so that all paths agree bit
 * for bit.
 */
export function lerp(out: usize, start: usize, end: usize, n: usize, weight: f32): void {
  const w = f32x4.splat(weight);
  const stop = out + (n << 2);

  // 16 floats a turn: four independent chains hide the latency of the multiply and the add.
  // (The comparison is of lengths, not of addresses, since `out + 64` can wrap at the end of a 4 GiB memory.)
  while (stop - out >= 64) {
    const s0 = v128.load(start, 0);
    const s1 = v128.load(start, 16);
    const s2 = v128.load(start, 32);
    const s3 = v128.load(start, 48);
    const e0 = v128.load(end, 0);
    const e1 = v128.load(end, 16);
    const e2 = v128.load(end, 32);
    const e3 = v128.load(end, 48);
    v128.store(out, f32x4.add(s0, f32x4.mul(w, f32x4.sub(e0, s0))), 0);
    v128.store(out, f32x4.add(s1, f32x4.mul(w, f32x4.sub(e1, s1))), 16);
    v128.store(out, f32x4.add(s2, f32x4.mul(w, f32x4.sub(e2, s2))), 32);
    v128.store(out, f32x4.add(s3, f32x4.mul(w, f32x4.sub(e3, s3))), 48);
    out += 64;
    start += 64;
    end += 64;
  }

  while (out != stop) {
    const s = load<f32>(start);
    store<f32>(out, s + weight * (load<f32>(end) - s));
    out += 4;
    start += 4;
    end += 4;
  }
}
