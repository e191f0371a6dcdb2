import { interleave4 } from '../shared/transpose';

/**
 * c[m, n] = bias[n] + sum over k of a(k, m) * b(k, n)
 *
 * `a` and `b` are read by strides, in bytes, so that either may be transposed; `c` is [M, N]. The sum is taken in
 * blocks along k: each is summed in order, from 0, and then added to what is in `c`. tfjs's own loop has blocks of 48,
 * and XNNPACK a single one that starts from the bias, so the bits are theirs. It is vectorised over n, which changes no
 * order.
 *
 * `panel` is scratch of (K + 4) * 8 float32. Eight columns of `b` are copied there, so that they are read in a row,
 * whatever the strides are. Where fewer than eight columns are left, the missing ones are 0, and their sums go nowhere.
 *
 * @param bias the address of N float32, or 0. It needs a single block.
 */
export function matMul(
  a: usize,
  b: usize,
  c: usize,
  M: i32,
  N: i32,
  K: i32,
  aK: usize,
  aM: usize,
  bK: usize,
  bN: usize,
  block: i32,
  bias: usize,
  panel: usize,
): void {
  const cM = <usize>N << 2;
  // The end of the panel holds four rows of sums before they are copied, where fewer than eight columns are left.
  const rest = panel + (<usize>K << 5);
  for (let n = 0; n < N; n += 8) {
    const columns = min(N - n, 8);
    const whole = columns == 8;
    const at = b + <usize>n * bN;
    // A panel is worth its copy if it is read more than once.
    const direct = whole && bN == 4 && M <= 4;
    if (!direct) fillPanel(at, panel, K, columns, bK, bN);
    const from = direct ? at : panel;
    const step = direct ? bK : 32;
    let start0 = f32x4.splat(0);
    let start1 = start0;
    if (bias) {
      if (!whole) v128.store(rest, start0), v128.store(rest, start0, 16);
      const biases = whole ? bias + (<usize>n << 2) : rest;
      if (!whole) memory.copy(rest, bias + (<usize>n << 2), <usize>columns << 2);
      start0 = v128.load(biases);
      start1 = v128.load(biases, 16);
    }
    for (let m = 0; m < M; ) {
      const out = c + <usize>m * cM + (<usize>n << 2);
      const rows = M - m >= 4 ? 4 : 1;
      const to = whole ? out : rest;
      const toM: usize = whole ? cM : 32;
      for (let k = 0; k < K; k += block) {
        const length = min(block, K - k);
        const pa = a + <usize>k * aK + <usize>m * aM;
        const pb = from + <usize>k * step;
        if (rows == 4) fourRows(pa, pb, to, length, aK, aM, step, toM, start0, start1, k == 0);
        else oneRow(pa, pb, to, length, aK, step, start0, start1, k == 0);
      }
      if (!whole) {
        for (let row = 0; row < rows; ++row) memory.copy(out + <usize>row * cM, rest + (<usize>row << 5), <usize>columns << 2);
      }
      m += rows;
    }
  }
}

function fillPanel(b: usize, panel: usize, K: i32, columns: i32, bK: usize, bN: usize): void {
  if (bN == 4) {
    if (columns == 8) {
      for (; K > 0; --K) {
        v128.store(panel, v128.load(b));
        v128.store(panel, v128.load(b, 16), 16);
        b += bK;
        panel += 32;
      }
      return;
    }
  } else if (columns == 8) {
    for (; K >= 4; K -= 4) {
      interleave4(b, bN, panel, 32);
      interleave4(b + (bN << 2), bN, panel + 16, 32);
      b += bK << 2;
      panel += 128;
    }
  }
  for (; K > 0; --K) {
    let p = b;
    for (let n = 0; n < columns; ++n, p += bN) store<f32>(panel + (<usize>n << 2), load<f32>(p));
    for (let n = columns; n < 8; ++n) store<f32>(panel + (<usize>n << 2), 0);
    b += bK;
    panel += 32;
  }
}

// @ts-ignore: decorator
@inline
function put(to: usize, sum0: v128, sum1: v128, isFirst: bool): void {
  if (!isFirst) {
    sum0 = f32x4.add(v128.load(to), sum0);
    sum1 = f32x4.add(v128.load(to, 16), sum1);
  }
  v128.store(to, sum0);
  v128.store(to, sum1, 16);
}

// @ts-ignore: decorator
@inline
function fourRows(
  a: usize,
  b: usize,
  to: usize,
  length: i32,
  aK: usize,
  aM: usize,
  step: usize,
  toM: usize,
  start0: v128,
  start1: v128,
  isFirst: bool,
): void {
  const a2 = aM << 1;
  const a3 = a2 + aM;
  let s00 = start0;
  let s01 = start1;
  let s10 = start0;
  let s11 = start1;
  let s20 = start0;
  let s21 = start1;
  let s30 = start0;
  let s31 = start1;
  for (; length > 0; --length) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = f32x4.add(s00, f32x4.mul(x, b0));
    s01 = f32x4.add(s01, f32x4.mul(x, b1));
    x = v128.load32_splat(a + aM);
    s10 = f32x4.add(s10, f32x4.mul(x, b0));
    s11 = f32x4.add(s11, f32x4.mul(x, b1));
    x = v128.load32_splat(a + a2);
    s20 = f32x4.add(s20, f32x4.mul(x, b0));
    s21 = f32x4.add(s21, f32x4.mul(x, b1));
    x = v128.load32_splat(a + a3);
    s30 = f32x4.add(s30, f32x4.mul(x, b0));
    s31 = f32x4.add(s31, f32x4.mul(x, b1));
    a += aK;
    b += step;
  }
  put(to, s00, s01, isFirst);
  put(to + toM, s10, s11, isFirst);
  put(to + (toM << 1), s20, s21, isFirst);
  put(to + toM * 3, s30, s31, isFirst);
}

// @ts-ignore: decorator
@inline
function oneRow(
  a: usize,
  b: usize,
  to: usize,
  length: i32,
  aK: usize,
  step: usize,
  sum0: v128,
  sum1: v128,
  isFirst: bool,
): void {
  for (; length > 0; --length) {
    const x = v128.load32_splat(a);
    sum0 = f32x4.add(sum0, f32x4.mul(x, v128.load(b)));
    sum1 = f32x4.add(sum1, f32x4.mul(x, v128.load(b, 16)));
    a += aK;
    b += step;
  }
  put(to, sum0, sum1, isFirst);
}
