/**
 * out[r, c] = a[r, c] + b[r, c], and the same for the other operations. `out` is [rows, columns]; the steps of `a` and `b`, in
 * bytes, say how they are broadcast: aR and bR from row to row, aC and bC along a row, where they are 4 or 0.
 */
export function add(a: usize, b: usize, out: usize, rows: i32, columns: i32, aR: usize, aC: usize, bR: usize, bC: usize): void {
  each<Add>(a, b, out, rows, columns, aR, aC, bR, bC);
}

export function sub(a: usize, b: usize, out: usize, rows: i32, columns: i32, aR: usize, aC: usize, bR: usize, bC: usize): void {
  each<Sub>(a, b, out, rows, columns, aR, aC, bR, bC);
}

export function multiply(
  a: usize,
  b: usize,
  out: usize,
  rows: i32,
  columns: i32,
  aR: usize,
  aC: usize,
  bR: usize,
  bC: usize,
): void {
  each<Multiply>(a, b, out, rows, columns, aR, aC, bR, bC);
}

export function realDiv(
  a: usize,
  b: usize,
  out: usize,
  rows: i32,
  columns: i32,
  aR: usize,
  aC: usize,
  bR: usize,
  bC: usize,
): void {
  each<RealDiv>(a, b, out, rows, columns, aR, aC, bR, bC);
}

export function squaredDifference(
  a: usize,
  b: usize,
  out: usize,
  rows: i32,
  columns: i32,
  aR: usize,
  aC: usize,
  bR: usize,
  bC: usize,
): void {
  each<SquaredDifference>(a, b, out, rows, columns, aR, aC, bR, bC);
}

class Add {}
class Sub {}
class Multiply {}
class RealDiv {}
class SquaredDifference {}

// @ts-ignore: decorator
@inline
function apply<Op>(a: v128, b: v128): v128 {
  if (nameof<Op>() == 'Add') return f32x4.add(a, b);
  if (nameof<Op>() == 'Sub') return f32x4.sub(a, b);
  if (nameof<Op>() == 'Multiply') return f32x4.mul(a, b);
  if (nameof<Op>() == 'RealDiv') return f32x4.div(a, b);
  const difference = f32x4.sub(a, b);
  return f32x4.mul(difference, difference);
}

// @ts-ignore: decorator
@inline
function each<Op>(
  a: usize,
  b: usize,
  out: usize,
  rows: i32,
  columns: i32,
  aR: usize,
  aC: usize,
  bR: usize,
  bC: usize,
): void {
  const bytes = <usize>columns << 2;
  for (; rows > 0; --rows) {
    // What a row has one element of.
    const x = v128.load32_splat(a);
    const y = v128.load32_splat(b);
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16) {
      v128.store(out + i, apply<Op>(aC ? v128.load(a + i) : x, bC ? v128.load(b + i) : y));
    }
    for (; i < bytes; i += 4) {
      const result = apply<Op>(aC ? v128.load32_zero(a + i) : x, bC ? v128.load32_zero(b + i) : y);
      v128.store32_lane(out + i, result, 0);
    }
    a += aR;
    b += bR;
    out += bytes;
  }
}
