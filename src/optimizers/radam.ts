import modules from '../../build/radam.wasm';
import type { AdamConfig } from './config.js';
import { adam, adamLike } from './declaration.js';
import { type DeclaredOptimizer, define } from './declared-optimizer.js';

/**
 * Rectified Adam (Liu et al. 2019, arXiv 1908.03265). {@link radam} makes one.
 *
 * @example
 * const optimizer: RAdam = radam(1e-3);
 */
export const RAdam = /*#__PURE__*/ define<AdamConfig>(() => ({
  ...{ ...adam, className: 'RAdam', modules },
  formula: adamLike('firstMoment * momentumScale / (sqrt(secondMoment / correction2) * isRectified + floor)'),
  scalars(settings, step, product) {
    const { correction1, ...others } = adam.scalars(settings, step, product);
    const [most, power] = [2 / (1 - settings.beta2) - 1, settings.beta2 ** step];
    const length = most - (2 * step * power) / (1 - power);
    const rectification = Math.sqrt((((length - 4) / (most - 4)) * (length - 2) * most) / ((most - 2) * length));
    // So early, nothing is known of the second moment.
    const [scale, isRectified, floor] = length < 5 ? [1, 0, 1] : [rectification, 1, settings.epsilon];
    return { ...others, momentumScale: scale / correction1, isRectified, floor };
  },
}));
export type RAdam = DeclaredOptimizer<AdamConfig>;

/**
 * RAdam, which needs no warm-up. It rectifies from an approximated length of 5, as in TensorFlow Addons.
 *
 * @param learningRate a finite number. Default 0.001. Assignable at the optimizer.
 * @param config see {@link AdamConfig}.
 * @returns the optimizer, for `model.compile`, {@link lookahead} and wherever a `tf.Optimizer` goes.
 * @throws Error if a setting is out of range or unknown.
 * @example
 * const ranger = lookahead(radam(1e-3, { beta1: 0.95 }), { k: 6 });
 * model.compile({ optimizer: ranger, loss: 'meanSquaredError' });
 */
export function radam(learningRate?: number, config?: AdamConfig): RAdam {
  return new RAdam(learningRate, config);
}
