import modules from '../../build/lion.wasm';
import type { LionConfig } from './config.js';
import { stepping } from './declaration.js';
import { type DeclaredOptimizer, define } from './declared-optimizer.js';

const direction = '(momentum * beta1 + gradient * oneMinusBeta1)';

/**
 * Lion, EvoLved Sign Momentum (Chen et al. 2023, arXiv 2302.06675, Algorithm 2). {@link lion} makes one.
 *
 * @example
 * const optimizer: Lion = lion(1e-4, { weightDecay: 0.1 });
 */
export const Lion = /*#__PURE__*/ define<LionConfig>(() => ({
  ...{ className: 'Lion', modules, slots: { momentum: ['accumulations', 'momentum'] } },
  defaults: { learningRate: 1e-4, beta1: 0.9, beta2: 0.99, weightDecay: 0 },
  formula: {
    // The sign of the direction, which is 0 for 0, and NaN for NaN.
    weight: stepping(`${direction} / (abs(${direction}) + smallest)`),
    momentum: 'momentum * beta2 + gradient * oneMinusBeta2',
  },
  scalars: ({ beta1, beta2 }) => ({
    ...{ beta1, oneMinusBeta1: 1 - beta1, beta2, oneMinusBeta2: 1 - beta2, smallest: 2 ** -126 },
  }),
}));
export type Lion = DeclaredOptimizer<LionConfig>;

/**
 * Lion: each weight steps by the learning rate itself, so that has to be some three to ten times smaller than Adam's.
 *
 * @param learningRate a finite number. Default 0.0001. Assignable at the optimizer.
 * @param config see {@link LionConfig}.
 * @returns the optimizer, for `model.compile`, {@link lookahead} and wherever a `tf.Optimizer` goes.
 * @throws Error if a setting is out of range or unknown.
 * @example
 * model.compile({ optimizer: lion(1e-4, { weightDecay: 0.1 }), loss: 'meanSquaredError' });
 */
export function lion(learningRate?: number, config?: LionConfig): Lion {
  return new Lion(learningRate, config);
}
