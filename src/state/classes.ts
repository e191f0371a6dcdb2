/** Facts that the class of an optimizer tells of its state: where it is kept, and how much of it its own list of weights has. */
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
import { declared } from './own-optimizers.js';

/** A class of tfjs or of this package. */
export interface OptimizerClass {
  readonly prototype: Optimizer;
  fromConfig(cls: OptimizerClass, config: ReturnType<Optimizer['getConfig']>): Optimizer;
}

/**
 * The classes of tfjs, with the properties whose slots their getWeights() lists, in that order. Momentum extends SGD, so it
 * comes first.
 */
const classes = (): [OptimizerClass, string[]][] => [
  [AdadeltaOptimizer as OptimizerClass, ['accumulatedGrads', 'accumulatedUpdates']],
  [AdagradOptimizer as OptimizerClass, ['accumulatedGrads']],
  [AdamaxOptimizer as OptimizerClass, []],
  [AdamOptimizer as OptimizerClass, ['accumulatedFirstMoment', 'accumulatedSecondMoment']],
  [RMSPropOptimizer as OptimizerClass, ['accumulatedMeanSquares', 'accumulatedMoments', 'accumulatedMeanGrads']],
  [MomentumOptimizer as OptimizerClass, ['accumulations']],
  [SGDOptimizer as OptimizerClass, []],
];

function classAndProperties(optimizer: Optimizer): readonly [OptimizerClass | undefined, readonly string[]] {
  const own = declared.get(optimizer);
  if (own) return [own.cls, own.properties];
  // Not `instanceof`, which tfjs answers with yes for any optimizer.
  const ancestors: unknown[] = [];
  for (let each = optimizer; each; each = Object.getPrototypeOf(each)) ancestors.push(each);
  return classes().find(([{ prototype }]) => ancestors.includes(prototype)) ?? [undefined, []];
}

/** The class of tfjs or of this package that the optimizer is of, or extends. */
export const classOf = (optimizer: Optimizer): OptimizerClass | undefined => classAndProperties(optimizer)[0];

/** The properties whose slots the getWeights() of its class lists. */
export const listedProperties = (optimizer: Optimizer): readonly string[] => classAndProperties(optimizer)[1];

/**
 * Whether it goes by the position of a variable in the list of gradients, as tfjs's own optimizers do: their slots are
 * mixed up when the list changes.
 */
export const goesByPosition = (optimizer: Optimizer): boolean => classOf(optimizer) !== undefined;

/** Whether it has a getWeights() and a setWeights() of its own. Those of Adamax only throw. */
export const hasOwnList = ({ getWeights }: Optimizer): boolean =>
  getWeights !== Optimizer.prototype.getWeights && getWeights !== AdamaxOptimizer.prototype.getWeights;

/** Whether its list begins with its iterations, as that of tfjs does, while one of the user's own may list what it likes. */
export const listsIterations = (optimizer: Optimizer): boolean =>
  !hasOwnList(optimizer) || optimizer.getWeights === classOf(optimizer)?.prototype.getWeights;

/** Empty for a class of the user's own that has no name. */
export const classNameOf = (optimizer: Optimizer): string => optimizer.getClassName?.() ?? '';

/** The optimizer that steps the weights, in as many Lookaheads as there are. */
export function innermost(optimizer: Optimizer): Optimizer {
  const { inner } = optimizer as { inner?: unknown }; // of an optimizer of the user's own it may be anything
  return isOptimizer(inner) ? innermost(inner) : optimizer;
}
