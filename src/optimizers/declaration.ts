import type { PassModules } from '../update/rules/rule.js';
import type { Settings } from './settings.js';

/** An optimizer as its formula. All else is `DeclaredOptimizer`'s. */
export interface Declaration {
  /** The name in a saved model. In small letters it is the one that `lookahead()` takes, and that of the pass. */
  readonly className: string;
  /** For each state its expression, in the order in which they are computed; see `Rule`, but without `max`. One is the `weight`, the input the `gradient`. */
  readonly formula: Readonly<Record<string, string>>;
  readonly modules: PassModules;
  /** For each state except the weight: the property that holds its slots, which begin at zero, and their suffix, as in tfjs. */
  readonly slots: Readonly<Record<string, readonly [property: string, suffix: string]>>;
  /** The defaults of all settings that are numbers. An epsilon of NaN stands for that of the backend. */
  readonly defaults: Readonly<Record<string, number>>;

  /**
   * The scalars of a step, but for two that are known: `negatedLearningRate`, and `decay`, the part of a weight that it
   * takes away.
   *
   * @param step from 1.
   */
  scalars(settings: Settings, step: number, product: Product): Readonly<Record<string, number>>;
}

/**
 * The product of a factor of each step up to this one, rounded to float32 at every step, as tfjs keeps the powers of Adam's
 * betas.
 *
 * @param name tells the products of an optimizer apart.
 */
export type Product = (name: string, factor: (step: number) => number) => number;

/** The parts that Adam and its relatives have in common, in tfjs's names. */
export const adam = {
  slots: { firstMoment: ['accumulatedFirstMoment', 'm'], secondMoment: ['accumulatedSecondMoment', 'v'] },
  defaults: { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: Number.NaN, weightDecay: 0 },
  scalars({ beta1, beta2, epsilon }: Settings, _step: number, product: Product) {
    const [correction1, correction2] = [1 - product('beta1', () => beta1), 1 - product('beta2', () => beta2)];
    return { beta1, oneMinusBeta1: 1 - beta1, beta2, oneMinusBeta2: 1 - beta2, epsilon, correction1, correction2 };
  },
} as const;

/** The expression of a weight that takes a step, and decays apart from it. */
export const stepping = (step: string): string => `${step} * negatedLearningRate + (weight - weight * decay)`;

/** The formula of Adam and its relatives: the moments, and the step that follows from them. */
export const adamLike = (step: string): Declaration['formula'] => ({
  firstMoment: 'firstMoment * beta1 + gradient * oneMinusBeta1',
  secondMoment: 'secondMoment * beta2 + gradient * gradient * oneMinusBeta2',
  weight: stepping(step),
});
