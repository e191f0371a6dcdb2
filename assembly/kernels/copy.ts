import { interleave4 } from '../shared/transpose';

/**
 * Copies elements of four bytes from one arrangement to another: for each index (i3, i2, i1, i0) below (n3, n2, n1, n0)
 *
 *     to[i3 * d3 + i2 * d2 + i1 * d1 + i0 * 4] = from[i3 * s3 + i2 * s2 + i1 * s1 + i0 * s0]
 *
 * All steps are in bytes. It is fast where s0 is 4 (it copies rows) or 0 (an element fills a row), or where s1 is 4 (it
 * transposes blocks).
 */
export function copy(
  from: usize,
  to: usize,
  n3: i32,
  s3: usize,
  d3: usize,
  n2: i32,
  s2: usize,
  d2: usize,
  n1: i32,
  s1: usize,
  d1: usize,
  n0: i32,
  s0: usize,
): void {
  for (let i3 = 0; i3 < n3; ++i3) {
    let s = from;
    let d = to;
    for (let i2 = 0; i2 < n2; ++i2) {
      if (s0 == 4) copyRows(s, d, n1, s1, d1, <usize>n0 << 2);
      else if (s0 == 0) fillRows(s, d, n1, s1, d1, n0);
      else if (s1 == 4) transpose(s, d, n1, d1, n0, s0);
      else pick(s, d, n1, s1, d1, n0, s0);
      s += s2;
      d += d2;
    }
    from += s3;
    to += d3;
  }
}

function copyRows(from: usize, to: usize, rows: i32, step: usize, toStep: usize, bytes: usize): void {
  // Below that, the call of memory.copy takes longer than the copy.
  if (bytes > 512) {
    for (; rows > 0; --rows) {
      memory.copy(to, from, bytes);
      from += step;
      to += toStep;
    }
    return;
  }
  for (; rows > 0; --rows) {
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16) v128.store(to + i, v128.load(from + i));
    for (; i < bytes; i += 4) store<u32>(to + i, load<u32>(from + i));
    from += step;
    to += toStep;
  }
}

function fillRows(from: usize, to: usize, rows: i32, step: usize, toStep: usize, columns: i32): void {
  const bytes = <usize>columns << 2;
  for (; rows > 0; --rows) {
    const x = v128.load32_splat(from);
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16) v128.store(to + i, x);
    for (; i < bytes; i += 4) v128.store32_lane(to + i, x, 0);
    from += step;
    to += toStep;
  }
}

/** Row i of `to` is column i of `from`. In stripes of 16 columns, so that the lines that are written stay in the cache. */
function transpose(from: usize, to: usize, rows: i32, toStep: usize, columns: i32, step: usize): void {
  const columns4 = columns & ~3;
  for (let i0 = 0; i0 < rows; i0 += 16) {
    const i1 = min(i0 + 16, rows);
    const i4 = i0 + ((i1 - i0) & ~3);
    for (let j = 0; j < columns4; j += 4) {
      let s = from + (<usize>i0 << 2) + <usize>j * step;
      let d = to + <usize>i0 * toStep + (<usize>j << 2);
      let i = i0;
      for (; i < i4; i += 4) {
        interleave4(s, step, d, toStep);
        s += 16;
        d += toStep << 2;
      }
      pick(s, d, i1 - i, 4, toStep, 4, step);
    }
    pick(
      from + (<usize>i0 << 2) + <usize>columns4 * step,
      to + <usize>i0 * toStep + (<usize>columns4 << 2),
      i1 - i0,
      4,
      toStep,
      columns - columns4,
      step,
    );
  }
}

/** Element by element. */
function pick(from: usize, to: usize, rows: i32, s1: usize, d1: usize, columns: i32, s0: usize): void {
  for (; rows > 0; --rows) {
    let s = from;
    for (let i = 0; i < columns; ++i) {
      store<u32>(to + (<usize>i << 2), load<u32>(s));
      s += s0;
    }
    from += s1;
    to += d1;
  }
}
