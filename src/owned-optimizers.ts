/** An optimizer belongs to one Lookahead: two would step with it, and merge its weights, in turns. */
import type { Optimizer } from '@tensorflow/tfjs-core';
import { checkOptimizer } from './checks.js';
import { isDisposed } from './optimizer-state.js';

const owned = new WeakSet<Optimizer>();

/** @throws Error unless the value is an optimizer that is alive and in no other Lookahead. */
export function checkFree(where: string, name: string, value: unknown): asserts value is Optimizer {
  checkOptimizer(where, name, value);
  if (isDisposed(value)) throw new Error(`${where}: '${name}' was disposed. Pass an optimizer that is still alive.`);
  if (owned.has(value)) {
    throw new Error(`${where}: '${name}' belongs to another Lookahead already. Make a new optimizer for each.`);
  }
}

export const isOwned = (optimizer: Optimizer): boolean => owned.has(optimizer);

export function own(optimizer: Optimizer): void {
  owned.add(optimizer);
}
