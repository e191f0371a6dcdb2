/**
 * weight = negatedLearningRate * gradient + weight
 *
 * negatedLearningRate = float32(-learningRate): tfjs's tensor `c`, which `setLearningRate` makes anew.
 *
 * Each operation rounds to float32 on its own, in the order of tfjs. See shared/lanes.ts for the calling convention.
 */
export function sgd(weightOut: usize, weight: usize, gradient: usize, n: usize, negatedLearningRate: f32): void {
  const size = n << 2;
  const rate = f32x4.splat(negatedLearningRate);
  let i: usize = 0;

  // 16 floats a turn: with so little arithmetic, the loop itself would cost half as much again in cache (measured).
  for (; size - i >= 64; i += 64) {
    const out = weightOut + i;
    const w = weight + i;
    const g = gradient + i;
    v128.store(out, f32x4.add(f32x4.mul(rate, v128.load(g, 0)), v128.load(w, 0)), 0);
    v128.store(out, f32x4.add(f32x4.mul(rate, v128.load(g, 16)), v128.load(w, 16)), 16);
    v128.store(out, f32x4.add(f32x4.mul(rate, v128.load(g, 32)), v128.load(w, 32)), 32);
    v128.store(out, f32x4.add(f32x4.mul(rate, v128.load(g, 48)), v128.load(w, 48)), 48);
  }

  for (; i < size; i += 4) {
    store<f32>(weightOut + i, negatedLearningRate * load<f32>(gradient + i) + load<f32>(weight + i));
  }
}
