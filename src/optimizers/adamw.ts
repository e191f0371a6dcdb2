import modules from '../../build/adamw.wasm';
import type { AdamConfig } from './config.js';
import { adam, adamLike } from './declaration.js';
import { type DeclaredOptimizer, define } from './declared-optimizer.js';

/**
 * Adam with decoupled weight decay (Loshchilov, Hutter 2017, arXiv 1711.05101). {@link adamW} makes one.
 *
 * @example
 * const optimizer: AdamW = adamW(1e-3, { weightDecay: 0.01 });
 */
export const AdamW = /*#__PURE__*/ define<AdamConfig>(() => ({
  ...adam,
  ...{ className: 'AdamW', modules },
  defaults: { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: Number.NaN, weightDecay: 0.004 },
  formula: adamLike('firstMoment / correction1 / (sqrt(secondMoment / correction2) + epsilon)'),
}));
export type AdamW = DeclaredOptimizer<AdamConfig>;

/**
 * AdamW, in tfjs's and PyTorch's form of epsilon: without decay, the bits of `tf.train.adam`.
 *
 * @param learningRate a finite number. Default 0.001. Assignable at the optimizer.
 * @param config see {@link AdamConfig}.
 * @returns the optimizer, for `model.compile`, {@link lookahead} and wherever a `tf.Optimizer` goes.
 * @throws Error if a setting is out of range or unknown.
 * @example
 * model.compile({ optimizer: adamW(1e-3, { weightDecay: 0.01, exclude: ['bias'] }), loss: 'meanSquaredError' });
 */
export function adamW(learningRate?: number, config?: AdamConfig): AdamW {
  return new AdamW(learningRate, config);
}
