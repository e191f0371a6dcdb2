/**
 * The facts that the rest of the package needs of its own optimizers. They tell them here, so that a bundle without these
 * optimizers has none of their bytes.
 */
import type { Optimizer } from '@tensorflow/tfjs-core';
import type { Rule } from '../update/rules/rule.js';

/** A class of tfjs or of this package. */
export interface OptimizerClass {
  readonly prototype: Optimizer;
  fromConfig(cls: OptimizerClass, config: ReturnType<Optimizer['getConfig']>): Optimizer;
}

export interface Declared {
  readonly rule: Rule;
  readonly cls: OptimizerClass;
  /** A property that holds one slot for each variable. */
  readonly property: string;
}

/** By the optimizer, from its constructor on. */
export const declared = new WeakMap<Optimizer, Declared>();

/** By the name of the class in small letters: a function that makes one with its default settings. */
export const declaredMakers = new Map<string, () => Optimizer>();
