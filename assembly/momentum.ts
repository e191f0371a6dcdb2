import { read, write } from './shared/lanes';

/**
 * accumulation = momentum * accumulation + gradient
 * weight = negatedLearningRate * accumulation + weight
 *
 * momentum = float32(momentum): tfjs's tensor `m`, which `setMomentum` leaves as it is.
 * negatedLearningRate = float32(-learningRate): tfjs's tensor `c`, which `setLearningRate` makes anew.
 *
 * Each operation rounds to float32 on its own, in the order of tfjs. See shared/lanes.ts for the calling convention.
 */
export function momentum(
  accumulationOut: usize, weightOut: usize,
  accumulation: usize, weight: usize, gradient: usize, n: usize,
  momentum: f32, negatedLearningRate: f32,
): void {
  const size = n << 2;
  const m = f32x4.splat(momentum);
  const rate = f32x4.splat(negatedLearningRate);

  let i: usize = 0;
  for (; size - i >= 16; i += 16) step<v128>(i, accumulationOut, weightOut, accumulation, weight, gradient, m, rate);
  for (; i < size; i += 4) step<f32>(i, accumulationOut, weightOut, accumulation, weight, gradient, m, rate);
}

// @ts-ignore: decorator
@inline
function step<T>(
  i: usize, accumulationOut: usize, weightOut: usize,
  accumulation: usize, weight: usize, gradient: usize,
  m: v128, rate: v128,
): void {
  const a = f32x4.add(f32x4.mul(m, read<T>(accumulation + i)), read<T>(gradient + i));
  const w = f32x4.add(f32x4.mul(rate, a), read<T>(weight + i));
  write<T>(accumulationOut + i, a);
  write<T>(weightOut + i, w);
}
