/** Facts that the class of an optimizer tells of its state: how it is kept, and who knows the whole of it. */
import {
  AdadeltaOptimizer,
  AdagradOptimizer,
  AdamaxOptimizer,
  AdamOptimizer,
  MomentumOptimizer,
  Optimizer,
  RMSPropOptimizer,
  SGDOptimizer,
} from '@tensorflow/tfjs-core';
import { isOptimizer } from '../base/checks.js';
import { declared, type OptimizerClass } from './own-optimizers.js';

/** The classes of tfjs. Momentum extends SGD, so it comes first. */
const classes = () =>
  [
    AdadeltaOptimizer,
    AdagradOptimizer,
    AdamaxOptimizer,
    AdamOptimizer,
    RMSPropOptimizer,
    MomentumOptimizer,
    SGDOptimizer,
  ] as readonly OptimizerClass[];

/** The class of tfjs or of this package that the optimizer is of, or extends. */
export const classOf = (optimizer: Optimizer): OptimizerClass | undefined =>
  declared.get(optimizer)?.cls ??
  // Not `instanceof`, which tfjs answers with yes for any optimizer.
  classes().find(({ prototype }) => Object.prototype.isPrototypeOf.call(prototype, optimizer));

/**
 * Whether a Lookahead around it goes by the positions of variables. Optimizers of tfjs know their slots by that alone, and
 * mix them up when the list of gradients changes; those of this package keep them in the same way.
 */
export const goesByPosition = (optimizer: Optimizer): boolean => classOf(optimizer) !== undefined;

/**
 * Whether its class has a getWeights() or a setWeights() of its own, neither tfjs's nor ours. Then nobody else knows what
 * its state is.
 */
export function hasOwnList(optimizer: Optimizer): boolean {
  const known = [Optimizer, classOf(optimizer)].map((cls) => cls?.prototype);
  return !known.some((each) => each?.getWeights === optimizer.getWeights && each.setWeights === optimizer.setWeights);
}

/** Empty for a class of the user's own that has no name. */
export const classNameOf = (optimizer: Optimizer): string => optimizer.getClassName?.() ?? '';

/** The optimizer that steps the weights, in as many Lookaheads as there are. */
export function innermost(optimizer: Optimizer): Optimizer {
  const { inner } = optimizer as { inner?: unknown }; // of an optimizer of the user's own it may be anything
  return isOptimizer(inner) ? innermost(inner) : optimizer;
}
