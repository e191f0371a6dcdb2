import { read, write } from './shared/lanes';

/**
 * firstMoment = firstMoment * beta1 + gradient * oneMinusBeta1
 * secondMoment = secondMoment * beta2 + gradient * gradient * oneMinusBeta2
 * weight = firstMoment / (1 - accBeta1) / (sqrt(secondMoment / (1 - accBeta2)) + epsilon) * negatedLearningRate + weight
 *
 * beta1 = float32(beta1), oneMinusBeta1 = float32(1 - beta1), and the same for beta2; accBeta1 and accBeta2 are the values of
 * tfjs's variables before the step multiplies them; epsilon = float32(epsilon), negatedLearningRate = float32(-learningRate).
 *
 * Each operation rounds to float32 on its own, in the order of tfjs. See shared/lanes.ts for the calling convention.
 */
export function adam(
  firstMomentOut: usize, secondMomentOut: usize, weightOut: usize,
  firstMoment: usize, secondMoment: usize, weight: usize, gradient: usize, n: usize,
  beta1: f32, oneMinusBeta1: f32, beta2: f32, oneMinusBeta2: f32, accBeta1: f32, accBeta2: f32, epsilon: f32,
  negatedLearningRate: f32,
): void {
  const size = n << 2;
  const keep1 = f32x4.splat(beta1);
  const take1 = f32x4.splat(oneMinusBeta1);
  const keep2 = f32x4.splat(beta2);
  const take2 = f32x4.splat(oneMinusBeta2);
  const bias1 = f32x4.splat(1 - accBeta1);
  const bias2 = f32x4.splat(1 - accBeta2);
  const tiny = f32x4.splat(epsilon);
  const rate = f32x4.splat(negatedLearningRate);

  let i: usize = 0;
  for (; size - i >= 16; i += 16) {
    step<v128>(
      i, firstMomentOut, secondMomentOut, weightOut,
      firstMoment, secondMoment, weight, gradient,
      keep1, take1, keep2, take2, bias1, bias2, tiny, rate,
    );
  }
  for (; i < size; i += 4) {
    step<f32>(
      i, firstMomentOut, secondMomentOut, weightOut,
      firstMoment, secondMoment, weight, gradient,
      keep1, take1, keep2, take2, bias1, bias2, tiny, rate,
    );
  }
}

// @ts-ignore: decorator
@inline
function step<T>(
  i: usize, firstMomentOut: usize, secondMomentOut: usize, weightOut: usize,
  firstMoment: usize, secondMoment: usize, weight: usize, gradient: usize,
  keep1: v128, take1: v128, keep2: v128, take2: v128, bias1: v128, bias2: v128, tiny: v128, rate: v128,
): void {
  const g = read<T>(gradient + i);
  const m = f32x4.add(f32x4.mul(read<T>(firstMoment + i), keep1), f32x4.mul(g, take1));
  const v = f32x4.add(f32x4.mul(read<T>(secondMoment + i), keep2), f32x4.mul(f32x4.mul(g, g), take2));
  const scale = f32x4.add(f32x4.sqrt(f32x4.div(v, bias2)), tiny);
  const w = f32x4.add(f32x4.mul(f32x4.div(f32x4.div(m, bias1), scale), rate), read<T>(weight + i));
  write<T>(firstMomentOut + i, m);
  write<T>(secondMomentOut + i, v);
  write<T>(weightOut + i, w);
}
