// Constants, so that the compiler knows the operation where it puts a function in line. Comparing names would compare
// strings, whose data would overwrite what tfjs has in its memory.
const ADD = 0;
const SUB = 1;
const MULTIPLY = 2;
const DIVIDE = 3;
const SQUARED_DIFFERENCE = 4;

/**
 * out[r, c] = a[r, c] + b[r, c], and the same for the other operations. `out` is [rows, columns]; the steps of `a` and
 * `b`, in bytes, say how they are broadcast: aR and bR from row to row, aC and bC along a row, where they are 4 or 0.
 */
export function add(a: usize, b: usize, out: usize, rows: i32, columns: i32, aR: usize, aC: usize, bR: usize, bC: usize): void {
  each(ADD, a, b, out, rows, columns, aR, aC, bR, bC);
}

export function sub(a: usize, b: usize, out: usize, rows: i32, columns: i32, aR: usize, aC: usize, bR: usize, bC: usize): void {
  each(SUB, a, b, out, rows, columns, aR, aC, bR, bC);
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
  each(MULTIPLY, a, b, out, rows, columns, aR, aC, bR, bC);
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
  each(DIVIDE, a, b, out, rows, columns, aR, aC, bR, bC);
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
  each(SQUARED_DIFFERENCE, a, b, out, rows, columns, aR, aC, bR, bC);
}

// @ts-ignore: decorator
@inline
function apply(operation: i32, a: v128, b: v128): v128 {
  if (operation == ADD) return f32x4.add(a, b);
  if (operation == SUB) return f32x4.sub(a, b);
  if (operation == MULTIPLY) return f32x4.mul(a, b);
  if (operation == DIVIDE) return f32x4.div(a, b);
  const difference = f32x4.sub(a, b);
  return f32x4.mul(difference, difference);
}

// @ts-ignore: decorator
@inline
function each(
  operation: i32,
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
    // A loop for each case, because choosing a vector within the loop takes ten times as long as all else.
    if (!aC) row<f32, v128>(operation, a, b, out, bytes);
    else if (!bC) row<v128, f32>(operation, a, b, out, bytes);
    else row<v128, v128>(operation, a, b, out, bytes);
    a += aR;
    b += bR;
    out += bytes;
  }
}

/** `A` and `B`: v128 where there is an element for each of the row, f32 where there is one for all. */
// @ts-ignore: decorator
@inline
function row<A, B>(operation: i32, a: usize, b: usize, out: usize, bytes: usize): void {
  const x = v128.load32_splat(a);
  const y = v128.load32_splat(b);
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) {
    v128.store(out + i, apply(operation, sizeof<A>() == 16 ? v128.load(a + i) : x, sizeof<B>() == 16 ? v128.load(b + i) : y));
  }
  for (; i < bytes; i += 4) {
    const result = apply(
      operation,
      sizeof<A>() == 16 ? v128.load32_zero(a + i) : x,
      sizeof<B>() == 16 ? v128.load32_zero(b + i) : y,
    );
    v128.store32_lane(out + i, result, 0);
  }
}
