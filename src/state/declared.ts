/**
 * What the rest of the package has to know of its own optimizers. They tell it here, so that a bundle that has none of them
 * has nothing of them.
 */
import type { Optimizer, Variable } from '@tensorflow/tfjs-core';
import type { Rule } from '../update/rules/rule.js';
import type { OptimizerClass } from './classes.js';

export interface Declared {
  readonly rule: Rule;
  /** Those that hold slots, in the order of its list. */
  readonly properties: readonly string[];
  /** How many steps the slots have seen: the last of its list. */
  readonly steps: Variable;
  readonly cls: OptimizerClass;
}

/** By the optimizer, from its constructor on. */
export const declared = new WeakMap<Optimizer, Declared>();

/** By the name of the class in small letters: what makes one with its default settings. */
export const declaredMakers = new Map<string, () => Optimizer>();
