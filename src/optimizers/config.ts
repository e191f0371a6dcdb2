import type { Clipping } from '../clip.js';

/**
 * The settings of {@link lion}, which all optimizers of this package have.
 *
 * @example
 * const config: LionConfig = { weightDecay: 0.1, exclude: ['bias'] };
 */
export interface LionConfig extends Clipping {
  /** How much of the first moment, the momentum, a step keeps: in [0, 1). Default 0.9. */
  beta1?: number;
  /** How much of the second moment a step keeps, or of Lion's momentum: in [0, 1). Default 0.999, of Lion 0.99. */
  beta2?: number;
  /**
   * The decoupled weight decay of arXiv 1711.05101: a step first takes `learningRate * weightDecay` of each weight away.
   * At least 0. Default 0.004 for AdamW, as in Keras, else 0. Assignable at the optimizer, for a schedule.
   */
  weightDecay?: number;
  /**
   * Parts of names of variables that do not decay, such as `['bias', 'gamma', 'beta']`. Capital letters and underscores do
   * not count, since a saved model keeps neither. Default none.
   */
  exclude?: readonly string[];
}

/**
 * The settings of {@link adamW}, {@link radam} and {@link nadam}.
 *
 * @example
 * const config: AdamConfig = { beta2: 0.95, weightDecay: 0.1, exclude: ['bias'] };
 */
export interface AdamConfig extends LionConfig {
  /** Added to the root of the second moment: at least 0. Default that of the backend: 1e-7, with 16-bit floats 1e-4. */
  epsilon?: number;
}
