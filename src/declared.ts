/**
 * What the rest of the package has to know of its own optimizers. They tell it here, so that a bundle that has none of them
 * has nothing of them.
 */
import type { Optimizer, serialization } from '@tensorflow/tfjs-core';
import type { Rule } from './rules/rule.js';

export interface Declared {
  readonly rule: Rule;
  /** Those that hold slots, in the order of its list. */
  readonly properties: readonly string[];
  readonly cls: serialization.SerializableConstructor<Optimizer>;
}

/** By the optimizer, from its constructor on. */
export const declared = new WeakMap<Optimizer, Declared>();

/** By the name of the class in small letters: what makes one with its default settings. */
export const declaredMakers = new Map<string, () => Optimizer>();
