import { read, write } from './shared/lanes';

/**
 * firstMoment = firstMoment * beta1 + gradient * oneMinusBeta1
 * infinityNorm = max(infinityNorm * beta2, abs(gradient))
 * weight = negatedLearningRate / (iteration * decay + 1) / (1 - accBeta1) * (firstMoment / (infinityNorm + epsilon)) + weight
 *
 * beta1 = float32(beta1), oneMinusBeta1 = float32(1 - beta1), beta2 = float32(beta2); accBeta1 and iteration are the values of
 * tfjs's variables before the step changes them; decay = float32(decay), epsilon = float32(epsilon),
 * negatedLearningRate = float32(-learningRate).
 *
 * maximumOfNaN = maximum(0, NaN) on the backend that steps: NaN on cpu, 0 on wasm. The backends also differ in the maximum of
 * -0 and +0. The two instructions below differ in the same way.
 *
 * Each operation rounds to float32 on its own, in the order of tfjs. See shared/lanes.ts for the calling convention.
 */
export function adamax(
  firstMomentOut: usize, infinityNormOut: usize, weightOut: usize,
  firstMoment: usize, infinityNorm: usize, weight: usize, gradient: usize, n: usize,
  beta1: f32, oneMinusBeta1: f32, beta2: f32, accBeta1: f32, iteration: f32, decay: f32, epsilon: f32,
  negatedLearningRate: f32, maximumOfNaN: f32,
): void {
  const size = n << 2;
  const keep1 = f32x4.splat(beta1);
  const take1 = f32x4.splat(oneMinusBeta1);
  const keep2 = f32x4.splat(beta2);
  const tiny = f32x4.splat(epsilon);
  const rate = f32x4.splat(negatedLearningRate / (iteration * decay + 1) / (1 - accBeta1));
  const propagates = i32x4.splat(maximumOfNaN == maximumOfNaN ? 0 : -1);

  let i: usize = 0;
  for (; size - i >= 16; i += 16) {
    step<v128>(
      i, firstMomentOut, infinityNormOut, weightOut,
      firstMoment, infinityNorm, weight, gradient,
      keep1, take1, keep2, tiny, rate, propagates,
    );
  }
  for (; i < size; i += 4) {
    step<f32>(
      i, firstMomentOut, infinityNormOut, weightOut,
      firstMoment, infinityNorm, weight, gradient,
      keep1, take1, keep2, tiny, rate, propagates,
    );
  }
}

// @ts-ignore: decorator
@inline
function step<T>(
  i: usize, firstMomentOut: usize, infinityNormOut: usize, weightOut: usize,
  firstMoment: usize, infinityNorm: usize, weight: usize, gradient: usize,
  keep1: v128, take1: v128, keep2: v128, tiny: v128, rate: v128, propagates: v128,
): void {
  const g = read<T>(gradient + i);
  const m = f32x4.add(f32x4.mul(read<T>(firstMoment + i), keep1), f32x4.mul(g, take1));
  const decayed = f32x4.mul(read<T>(infinityNorm + i), keep2);
  const latest = f32x4.abs(g);
  const norm = v128.bitselect(f32x4.max(decayed, latest), f32x4.pmax(decayed, latest), propagates);
  const w = f32x4.add(f32x4.mul(rate, f32x4.div(m, f32x4.add(norm, tiny))), read<T>(weight + i));
  write<T>(firstMomentOut + i, m);
  write<T>(infinityNormOut + i, norm);
  write<T>(weightOut + i, w);
}
