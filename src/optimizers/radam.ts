import modules from '../../build/radam.wasm';
import type { AdamConfig } from './config.js';
import { adam, moments } from './declaration.js';
import { type DeclaredOptimizer, define } from './declared-optimizer.js';

/**
 * Rectified Adam (Liu et al. 2019, arXiv 1908.03265). {@link radam} makes one.
 *
 * @example
 * const optimizer: RAdam = radam(1e-3);
 */
export const RAdam = /*#__PURE__*/ define<AdamConfig>({
  ...{ ...adam, className: 'RAdam', modules },
  formula: {
    ...moments,
    weight: `firstMoment * momentumScale / (sqrt(secondMoment / correction2) * isRectified + floor)
      * negatedLearningRate + (weight - weight * decay)`,
  },
  scalars(settings, step, product) {
    const most = 2 / (1 - settings.beta2) - 1;
    const power = settings.beta2 ** step;
    const length = most - (2 * step * power) / (1 - power);
    const { correction1, ...others } = adam.scalars(settings, step, product);
    // So early, nothing is known of the second moment.
    if (length < 5) return { ...others, momentumScale: 1 / correction1, isRectified: 0, floor: 1 };
    const rectification = Math.sqrt((((length - 4) / (most - 4)) * (length - 2) * most) / ((most - 2) * length));
    return { ...others, momentumScale: rectification / correction1, isRectified: 1, floor: settings.epsilon };
  },
});
export type RAdam = DeclaredOptimizer<AdamConfig>;

/**
 * RAdam, which needs no warm-up; as in TensorFlow Addons, it rectifies from an approximated length of 5. In a Lookahead it
 * is Ranger: `lookahead(radam(1e-3, { beta1: 0.95 }), { k: 6 })`.
 *
 * @param learningRate a finite number. Default 0.001. Assignable at the optimizer.
 * @param config see {@link AdamConfig}.
 * @returns the optimizer, for `model.compile`, {@link lookahead} and wherever a `tf.Optimizer` goes.
 * @throws Error if a setting is out of range or unknown.
 * @example
 * model.compile({ optimizer: lookahead(radam(1e-3), { k: 6 }), loss: 'meanSquaredError' });
 */
export function radam(learningRate?: number, config?: AdamConfig): RAdam {
  return new RAdam(learningRate, config);
}
