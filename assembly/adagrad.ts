import { read, write } from './shared/lanes';

/**
 * accumulator = accumulator + gradient * gradient
 * weight = gradient / sqrt(accumulator + epsilon) * negatedLearningRate + weight
 *
 * epsilon = float32(backend.epsilon()) of the backend that steps: this optimizer has none of its own.
 * negatedLearningRate = float32(-learningRate).
 *
 * Each operation rounds to float32 on its own, in the order of tfjs. See shared/lanes.ts for the calling convention.
 */
export function adagrad(
  accumulatorOut: usize, weightOut: usize,
  accumulator: usize, weight: usize, gradient: usize, n: usize,
  epsilon: f32, negatedLearningRate: f32,
): void {
  const size = n << 2;
  const tiny = f32x4.splat(epsilon);
  const rate = f32x4.splat(negatedLearningRate);

  let i: usize = 0;
  for (; size - i >= 16; i += 16) step<v128>(i, accumulatorOut, weightOut, accumulator, weight, gradient, tiny, rate);
  for (; i < size; i += 4) step<f32>(i, accumulatorOut, weightOut, accumulator, weight, gradient, tiny, rate);
}

// @ts-ignore: decorator
@inline
function step<T>(
  i: usize, accumulatorOut: usize, weightOut: usize,
  accumulator: usize, weight: usize, gradient: usize,
  tiny: v128, rate: v128,
): void {
  const g = read<T>(gradient + i);
  const a = f32x4.add(read<T>(accumulator + i), f32x4.mul(g, g));
  const update = f32x4.div(g, f32x4.sqrt(f32x4.add(a, tiny)));
  const w = f32x4.add(f32x4.mul(update, rate), read<T>(weight + i));
  write<T>(accumulatorOut + i, a);
  write<T>(weightOut + i, w);
}
