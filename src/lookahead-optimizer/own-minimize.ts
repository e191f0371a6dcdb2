/**
 * An inner optimizer whose class has a `minimize` of its own: it clips gradients, adds up those of several batches, or
 * computes them twice. That one runs, and what it gives to its `applyGradients` comes to the Lookahead around it, which
 * has to know the variables before a step, and to merge after it.
 */

import { Optimizer, type Scalar } from '@tensorflow/tfjs-core';
import { mistake } from '../base/errors.js';
import type { Gradients } from '../base/gradients.js';
import { stepOfClass } from '../steps.js';
import type { SlowWeights } from '../weights/slow-weights.js';

type Step = (gradients: Gradients) => void;

/** An object that merely has the methods of an optimizer may have a `minimize` that does nothing. */
export const hasOwnMinimize = (inner: Optimizer): boolean =>
  inner.minimize !== Optimizer.prototype.minimize && Object.prototype.isPrototypeOf.call(Optimizer.prototype, inner);

/**
 * The step of the inner optimizer.
 *
 * @param around takes its place as the `applyGradients` that a `minimize` of its own calls.
 */
export function stepWithin(inner: Optimizer, around: Step): Step {
  if (!hasOwnMinimize(inner)) return (gradients) => inner.applyGradients(gradients);
  const ofItself = Object.getOwnPropertyDescriptor(inner, 'applyGradients')?.value;
  Object.defineProperty(inner, 'applyGradients', { configurable: true, writable: true, value: around });
  return (gradients) => (ofItself ?? stepOfClass(inner)).call(inner, gradients);
}

/**
 * Runs a `minimize` of the inner optimizer's own.
 *
 * @param weights count the steps that come to Lookahead: none where gradients are added up first.
 * @throws Error if it has stepped in another way: those steps were not counted, and cannot be merged any more.
 */
export function minimizeWithin(
  inner: Optimizer,
  weights: SlowWeights,
  ...[f, returnCost, varList]: Parameters<Optimizer['minimize']>
): Scalar | null {
  const { step } = weights.counters;
  const { iterations } = inner;
  const watched = [...(varList ?? weights.fast)];
  const before = watched.map(({ dataId }) => dataId);
  const value = inner.minimize(f, returnCost, varList);
  const steps = weights.counters.step - step;
  const isMoved = steps === 0 && watched.some(({ dataId }, i) => dataId !== before[i]);
  if (!isMoved && !(inner.iterations - iterations > steps)) return value;
  value?.dispose();
  throw mistake(
    `the inner optimizer's own minimize() has stepped without this.applyGradients(), so nothing can be merged. ` +
      'Let it step by that alone.',
  );
}
