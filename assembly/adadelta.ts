import { read, write } from './shared/lanes';

/**
 * update = sqrt(accumulatedUpdate + epsilon) / sqrt(accumulatedGradient + epsilon) * gradient
 * weight = update * negatedLearningRate + weight
 * accumulatedUpdate = accumulatedUpdate * rho + update * update * oneMinusRho
 * accumulatedGradient = accumulatedGradient * rho + gradient * gradient * oneMinusRho
 *
 * tfjs computes the update from both accumulators as they were before the step, so the weight comes first here and the
 * accumulator of the gradient last.
 *
 * rho = float32(rho), oneMinusRho = float32(1 - rho), epsilon = float32(epsilon),
 * negatedLearningRate = float32(-learningRate).
 *
 * Each operation rounds to float32 on its own, in the order of tfjs. See shared/lanes.ts for the calling convention.
 */
export function adadelta(
  weightOut: usize, accumulatedUpdateOut: usize, accumulatedGradientOut: usize,
  weight: usize, accumulatedUpdate: usize, accumulatedGradient: usize, gradient: usize, n: usize,
  rho: f32, oneMinusRho: f32, epsilon: f32, negatedLearningRate: f32,
): void {
  const size = n << 2;
  const keep = f32x4.splat(rho);
  const take = f32x4.splat(oneMinusRho);
  const tiny = f32x4.splat(epsilon);
  const rate = f32x4.splat(negatedLearningRate);

  let i: usize = 0;
  for (; size - i >= 16; i += 16) {
    step<v128>(
      i, weightOut, accumulatedUpdateOut, accumulatedGradientOut,
      weight, accumulatedUpdate, accumulatedGradient, gradient,
      keep, take, tiny, rate,
    );
  }
  for (; i < size; i += 4) {
    step<f32>(
      i, weightOut, accumulatedUpdateOut, accumulatedGradientOut,
      weight, accumulatedUpdate, accumulatedGradient, gradient,
      keep, take, tiny, rate,
    );
  }
}

// @ts-ignore: decorator
@inline
function step<T>(
  i: usize, weightOut: usize, accumulatedUpdateOut: usize, accumulatedGradientOut: usize,
  weight: usize, accumulatedUpdate: usize, accumulatedGradient: usize, gradient: usize,
  keep: v128, take: v128, tiny: v128, rate: v128,
): void {
  const g = read<T>(gradient + i);
  const u = read<T>(accumulatedUpdate + i);
  const a = read<T>(accumulatedGradient + i);
  const ratio = f32x4.div(f32x4.sqrt(f32x4.add(u, tiny)), f32x4.sqrt(f32x4.add(a, tiny)));
  const update = f32x4.mul(ratio, g);
  write<T>(weightOut + i, f32x4.add(f32x4.mul(update, rate), read<T>(weight + i)));
  write<T>(accumulatedUpdateOut + i, f32x4.add(f32x4.mul(u, keep), f32x4.mul(f32x4.mul(update, update), take)));
  write<T>(accumulatedGradientOut + i, f32x4.add(f32x4.mul(a, keep), f32x4.mul(f32x4.mul(g, g), take)));
}
