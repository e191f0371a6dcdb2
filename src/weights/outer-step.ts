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

/**
 * slow - fast; null if they are the same, infinite or NaN as they may be. On a GPU, where to ask would make it wait, only what
 * shares a buffer counts as that.
 */
function pseudoGradient(slow: Variable, fast: Variable): Tensor | null {
  if (slow.dataId === fast.dataId) return null;
  if (!isOnGPU()) {
    const after = fast.dataSync();
    if (slow.dataSync().every((value, i) => value === after[i] || Object.is(value, after[i]))) return null;
  }
  return sub<Tensor>(slow, fast);
}
