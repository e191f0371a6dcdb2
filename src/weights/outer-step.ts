import { dispose, type NamedTensorMap, type Optimizer, sub, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { checkStepped } from '../base/checks.js';
import { goesByPosition } from '../state/classes.js';
import { checkNotDisposed } from '../state/life.js';
import { isOnGPU } from '../update/update.js';

/**
 * Steps the slow weights with an optimizer, with slow - fast as their gradient: what moved the weights in a cycle, turned
 * round, since an optimizer goes against its gradient. With momentum it is SlowMo (arXiv 1910.00643) or, with Nesterov's,
 * DiLoCo (arXiv 2311.08105).
 *
 * A slow weight whose fast one nothing has moved is left as it is, as a step leaves a variable without a gradient: with
 * a momentum, frozen layers would drift.
 *
 * @throws Error if the optimizer was disposed from outside; then nothing has changed. Or if it steps asynchronously.
 */
export function stepOuter(outer: Optimizer, slow: readonly Variable[], fast: readonly Variable[]): void {
  checkNotDisposed('outer', outer);
  const isListed = goesByPosition(outer);
  const gradients: Record<string, Tensor | null> = {};
  try {
    slow.forEach((weight, i) => {
      const gradient = pseudoGradient(weight, fast[i] as Variable);
      if (gradient || isListed) gradients[weight.name] = gradient;
    });
    const isMoved = Object.values(gradients).some((gradient) => gradient);
    if (isMoved) checkStepped('outer', outer.applyGradients(gradients as NamedTensorMap));
  } finally {
    dispose(gradients as NamedTensorMap);
  }
}

/** slow - fast; null if both are the same. On a GPU, where to ask would make it wait, only what shares a buffer counts as that. */
function pseudoGradient(slow: Variable, fast: Variable): Tensor | null {
  if (slow.dataId === fast.dataId) return null;
  const gradient = sub<Tensor>(slow, fast);
  if (isOnGPU() || isMoved(gradient, slow, fast)) return gradient;
  gradient.dispose();
  return null;
}

function isMoved(gradient: Tensor, slow: Variable, fast: Variable): boolean {
  const differences = gradient.dataSync();
  if (!differences.some(Number.isNaN)) return differences.some((value) => value !== 0);
  // Infinities that are the same differ by NaN, and NaN does from itself.
  const [before, after] = [slow.dataSync(), fast.dataSync()];
  return before.some((value, i) => value !== after[i] && !(Number.isNaN(value) && Number.isNaN(after[i])));
}
