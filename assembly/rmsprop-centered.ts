import { read, write } from './shared/lanes';

/**
 * meanSquare = meanSquare * decay + gradient * gradient * oneMinusDecay
 * meanGradient = meanGradient * decay + gradient * oneMinusDecay
 * moment = moment * momentum + gradient * learningRate / sqrt(meanSquare - (meanGradient * meanGradient + epsilon))
 * weight = weight - moment
 *
 * decay = float32(decay), oneMinusDecay = float32(1 - decay), learningRate = float32(learningRate),
 * epsilon = float32(epsilon), momentum = float32(momentum).
 * tfjs takes the root of the variance *minus* epsilon, so that it is NaN where the variance is smaller than epsilon.
 *
 * Each operation rounds to float32 on its own, in the order of tfjs. See shared/lanes.ts for the calling convention.
 */
export function rmspropCentered(
  meanSquareOut: usize, meanGradientOut: usize, momentOut: usize, weightOut: usize,
  meanSquare: usize, meanGradient: usize, moment: usize, weight: usize, gradient: usize, n: usize,
  decay: f32, oneMinusDecay: f32, learningRate: f32, epsilon: f32, momentum: f32,
): void {
  const size = n << 2;
  const keep = f32x4.splat(decay);
  const take = f32x4.splat(oneMinusDecay);
  const rate = f32x4.splat(learningRate);
  const tiny = f32x4.splat(epsilon);
  const m = f32x4.splat(momentum);

  let i: usize = 0;
  for (; size - i >= 16; i += 16) {
    step<v128>(
      i, meanSquareOut, meanGradientOut, momentOut, weightOut,
      meanSquare, meanGradient, moment, weight, gradient,
      keep, take, rate, tiny, m,
    );
  }
  for (; i < size; i += 4) {
    step<f32>(
      i, meanSquareOut, meanGradientOut, momentOut, weightOut,
      meanSquare, meanGradient, moment, weight, gradient,
      keep, take, rate, tiny, m,
    );
  }
}

// @ts-ignore: decorator
@inline
function step<T>(
  i: usize, meanSquareOut: usize, meanGradientOut: usize, momentOut: usize, weightOut: usize,
  meanSquare: usize, meanGradient: usize, moment: usize, weight: usize, gradient: usize,
  keep: v128, take: v128, rate: v128, tiny: v128, m: v128,
): void {
  const g = read<T>(gradient + i);
  const s = f32x4.add(f32x4.mul(read<T>(meanSquare + i), keep), f32x4.mul(f32x4.mul(g, g), take));
  const mean = f32x4.add(f32x4.mul(read<T>(meanGradient + i), keep), f32x4.mul(g, take));
  const variance = f32x4.sub(s, f32x4.add(f32x4.mul(mean, mean), tiny));
  const update = f32x4.div(f32x4.mul(g, rate), f32x4.sqrt(variance));
  const a = f32x4.add(f32x4.mul(read<T>(moment + i), m), update);
  const w = f32x4.sub(read<T>(weight + i), a);
  write<T>(meanSquareOut + i, s);
  write<T>(meanGradientOut + i, mean);
  write<T>(momentOut + i, a);
  write<T>(weightOut + i, w);
}
