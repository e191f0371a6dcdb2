/** Ownership of optimizers, and their end. */

import { type Optimizer, Tensor } from '@tensorflow/tfjs-core';
import { checkOptimizer, isAlive, isOptimizer } from '../base/checks.js';
import { mistake } from '../base/errors.js';
import { goesByPosition } from './classes.js';
import { entriesOf } from './entries.js';
import { propertiesOf, slotArrays } from './slots.js';

/** An optimizer belongs to one Lookahead: two would step with it, and merge its weights, in turns. */
const owned = new WeakSet<Optimizer>();

/** @throws Error unless the value is an optimizer that is alive and in no other Lookahead. */
export function checkFree(name: string, value: unknown): asserts value is Optimizer {
  checkOptimizer(name, value);
  checkNotDisposed(name, value);
  if (owned.has(value)) {
    throw mistake(`'${name}' belongs to another Lookahead already. Make a new optimizer for each.`);
  }
}

export const isOwned = (optimizer: Optimizer): boolean => owned.has(optimizer);

export function own(optimizer: Optimizer): void {
  owned.add(optimizer);
}

/** The tensors that tfjs's own keep beside their slots. */
const singleTensors = ['c', 'm', 'accBeta1', 'accBeta2', 'iteration'];

/**
 * Whether the optimizer was disposed, or an optimizer inside it. Its state tells. Other tensors that one of the user's own
 * may keep do not count: a tensor of its last step, or a weight.
 */
function isDisposed(optimizer: Optimizer): boolean {
  const { isDisposed: wasDisposed, inner, outer } = propertiesOf(optimizer);
  if (wasDisposed || [inner, outer].some((each) => isOptimizer(each) && isDisposed(each))) return true;
  const slots = slotArrays(optimizer).flatMap(([, slots]) => slots.map(({ variable }) => variable));
  const single = goesByPosition(optimizer) ? singleTensors.map((name) => propertiesOf(optimizer)[name]) : [];
  return [...slots, ...single].some((value) => value instanceof Tensor && !isAlive(value));
}

/** @throws Error if the optimizer, or its state, was disposed from outside. */
export function checkNotDisposed(name: string, optimizer: Optimizer): void {
  if (!isDisposed(optimizer)) return;
  throw mistake(
    `'${name}' was disposed, or its variables, as by tf.disposeVariables(). Make a new optimizer, and a new Lookahead if ` +
      'it is in one.',
  );
}

/** Disposes it, and nothing in it twice: tfjs's own would take again what `tf.disposeVariables()` took. */
export function disposeOptimizer(optimizer: Optimizer): void {
  for (const { tensor } of entriesOf(optimizer)) if (!isAlive(tensor)) tensor.dataId = {};
  optimizer.dispose?.();
}
