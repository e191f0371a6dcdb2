import { read, write } from '../shared/lanes';

/**
 * out[b, c] = (sum over r of x[b, r, c]) / divisor. A sum starts from 0 and takes its terms in order. The divisor 1
 * gives the sum, `rows` the mean.
 */
export function sum(x: usize, out: usize, batch: i32, rows: i32, columns: i32, divisor: f32): void {
  const by = f32x4.splat(divisor);
  if (columns == 1) return sumRows(x, out, batch, rows, by);
  const step = <usize>columns << 2;
  for (; batch > 0; --batch) {
    let c = columns;
    let p = x;
    for (; c >= 16; c -= 16) {
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let q = p;
      for (let r = rows; r > 0; --r) {
        s0 = f32x4.add(s0, v128.load(q));
        s1 = f32x4.add(s1, v128.load(q, 16));
        s2 = f32x4.add(s2, v128.load(q, 32));
        s3 = f32x4.add(s3, v128.load(q, 48));
        q += step;
      }
      v128.store(out, f32x4.div(s0, by));
      v128.store(out, f32x4.div(s1, by), 16);
      v128.store(out, f32x4.div(s2, by), 32);
      v128.store(out, f32x4.div(s3, by), 48);
      p += 64;
      out += 64;
    }
    for (; c >= 4; c -= 4) {
      column<v128>(p, out, rows, step, by);
      p += 16;
      out += 16;
    }
    for (; c > 0; --c) {
      column<f32>(p, out, rows, step, by);
      p += 4;
      out += 4;
    }
    x += <usize>rows * step;
  }
}

// @ts-ignore: decorator
@inline
function column<T>(x: usize, out: usize, rows: i32, step: usize, by: v128): void {
  let s = f32x4.splat(0);
  for (; rows > 0; --rows) {
    s = f32x4.add(s, read<T>(x));
    x += step;
  }
  write<T>(out, f32x4.div(s, by));
}

/** out[i] = sum of x[i, ...]: four sums at a time, each in its own order. */
function sumRows(x: usize, out: usize, n: i32, length: i32, by: v128): void {
  const step = <usize>length << 2;
  for (; n >= 4; n -= 4) {
    let s = f32x4.splat(0);
    let p = x;
    let i = length;
    for (; i >= 4; i -= 4) {
      const a = v128.load(p);
      const b = v128.load(p + step);
      const c = v128.load(p + (step << 1));
      const d = v128.load(p + step * 3);
      const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
      const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      s = f32x4.add(s, v128.shuffle<i64>(ab0, cd0, 0, 2));
      s = f32x4.add(s, v128.shuffle<i64>(ab0, cd0, 1, 3));
      s = f32x4.add(s, v128.shuffle<i64>(ab2, cd2, 0, 2));
      s = f32x4.add(s, v128.shuffle<i64>(ab2, cd2, 1, 3));
      p += 16;
    }
    for (; i > 0; --i) {
      const next = f32x4(load<f32>(p), load<f32>(p + step), load<f32>(p + (step << 1)), load<f32>(p + step * 3));
      s = f32x4.add(s, next);
      p += 4;
    }
    v128.store(out, f32x4.div(s, by));
    out += 16;
    x += step << 2;
  }
  for (; n > 0; --n) {
    column<f32>(x, out, length, 4, by);
    out += 4;
    x += step;
  }
}
