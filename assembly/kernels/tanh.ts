/**
 * out[i] = tanh(x[i]), with the bits of musl's `tanhf`, which tfjs has: the same operations, for four elements at a
 * time. Where musl branches, all branches are computed, and each element takes the one that holds for it.
 */
export function tanh(x: usize, out: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    v128.store(out, tanh4(v128.load(x)));
    x += 16;
    out += 16;
  }
  for (; n > 0; --n) {
    v128.store32_lane(out, tanh4(v128.load32_splat(x)), 0);
    x += 4;
    out += 4;
  }
}

function tanh4(x: v128): v128 {
  const a = f32x4.abs(x);
  const one = f32x4.splat(1);
  // Values are compared by their bits, as musl does.
  const isLarge = i32x4.gt_s(a, i32x4.splat(0x3f0c9f54)); // above log(3) / 2
  const isSmall = i32x4.le_s(a, i32x4.splat(0x3e82c578)); // up to log(5/3) / 2
  const t = expm1(f32x4.mul(a, v128.bitselect(f32x4.splat(-2), f32x4.splat(2), isSmall)));

  const numerator = v128.bitselect(f32x4.splat(2), v128.bitselect(f32x4.neg(t), t, isSmall), isLarge);
  const quotient = f32x4.div(numerator, f32x4.add(t, f32x4.splat(2)));
  let result = v128.bitselect(f32x4.sub(one, quotient), quotient, isLarge);
  // 1 above 10, but NaN stays NaN. A subnormal number stays as it is.
  result = v128.bitselect(v128.bitselect(one, a, f32x4.eq(a, a)), result, i32x4.gt_s(a, i32x4.splat(0x41200000)));
  result = v128.bitselect(a, result, i32x4.lt_s(a, i32x4.splat(0x00800000)));
  return v128.or(result, v128.and(x, i32x4.splat(0x80000000)));
}

/**
 * musl's `expm1f`, e^x - 1, for x from -0.52 to 20: x is k times log(2), plus a rest r, which goes into a polynomial.
 */
// @ts-ignore: decorator
@inline
function expm1(x: v128): v128 {
  const one = f32x4.splat(1);
  const half = f32x4.splat(0.5);
  const size = f32x4.abs(x);
  // The nearest k. musl has branches for 1 and -1, which come to the same.
  const rounding = v128.or(half, v128.and(x, i32x4.splat(0x80000000)));
  const nearest = i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.mul(f32x4.splat(1.4426950216), x), rounding));
  const k = v128.and(nearest, i32x4.gt_s(size, i32x4.splat(0x3eb17218))); // 0 up to 0.5 log(2)

  const times = f32x4.convert_i32x4_s(k);
  const high = f32x4.sub(x, f32x4.mul(times, f32x4.splat(0.69313812256)));
  const low = f32x4.mul(times, f32x4.splat(9.0580006145e-6));
  const r = f32x4.sub(high, low);
  const c = f32x4.sub(f32x4.sub(high, r), low);
  const halfR = f32x4.mul(half, r);
  const square = f32x4.mul(r, halfR);
  const inner = f32x4.add(f32x4.splat(-3.3333212137e-2), f32x4.mul(square, f32x4.splat(1.5807170421e-3)));
  const r1 = f32x4.add(one, f32x4.mul(square, inner));
  const t = f32x4.sub(f32x4.splat(3), f32x4.mul(r1, halfR));
  const e0 = f32x4.mul(square, f32x4.div(f32x4.sub(r1, t), f32x4.sub(f32x4.splat(6), f32x4.mul(r, t))));
  const at0 = f32x4.sub(r, f32x4.sub(f32x4.mul(r, e0), square));

  const e = f32x4.sub(f32x4.sub(f32x4.mul(r, f32x4.sub(e0, c)), c), square);
  const rest = f32x4.sub(r, e);
  const atMinus1 = f32x4.sub(f32x4.mul(half, rest), half);
  const at1 = v128.bitselect(
    f32x4.mul(f32x4.splat(-2), f32x4.sub(e, f32x4.add(r, half))),
    f32x4.add(one, f32x4.add(rest, rest)),
    f32x4.lt(r, f32x4.splat(-0.25)),
  );
  const power = i32x4.shl(i32x4.add(k, i32x4.splat(127)), 23); // 2^k
  const inverse = i32x4.shl(i32x4.sub(i32x4.splat(127), k), 23); // 2^-k
  const sum = v128.bitselect(
    f32x4.add(rest, f32x4.sub(one, inverse)),
    f32x4.add(f32x4.sub(r, f32x4.add(e, inverse)), one),
    i32x4.lt_s(k, i32x4.splat(23)),
  );

  let result = f32x4.mul(sum, power);
  result = v128.bitselect(at1, result, i32x4.eq(k, i32x4.splat(1)));
  result = v128.bitselect(at0, result, i32x4.eq(k, i32x4.splat(0)));
  result = v128.bitselect(atMinus1, result, i32x4.eq(k, i32x4.splat(-1)));
  return v128.bitselect(x, result, i32x4.lt_s(size, i32x4.splat(0x33000000))); // below 2^-25
}
