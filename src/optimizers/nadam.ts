import modules from '../../build/nadam.wasm';
import type { AdamConfig } from './config.js';
import { adam, adamLike } from './declaration.js';
import { type DeclaredOptimizer, define } from './declared-optimizer.js';

/**
 * Adam with Nesterov's momentum (Dozat 2016, openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ). {@link nadam} makes one.
 *
 * @example
 * const optimizer: NAdam = nadam(1e-3);
 */
export const NAdam = /*#__PURE__*/ define<AdamConfig>(() => ({
  ...{ ...adam, className: 'NAdam', modules },
  formula: adamLike(
    '(firstMoment * nextMomentum + gradient * gradientShare) / (sqrt(secondMoment / correction2) + epsilon)',
  ),
  scalars(settings, step, product) {
    const momentum = (at: number) => settings.beta1 * (1 - 0.5 * 0.96 ** at);
    const [now, next, past] = [momentum(step), momentum(step + 1), product('momentum', momentum)];
    const shares = { nextMomentum: next / (1 - past * next), gradientShare: (1 - now) / (1 - past) };
    return { ...adam.scalars(settings, step, product), ...shares };
  },
}));
export type NAdam = DeclaredOptimizer<AdamConfig>;

/**
 * NAdam, with the schedule of the momentum that Keras has: `beta1 * (1 - 0.96 ** step / 2)`.
 *
 * @param learningRate a finite number. Default 0.001. Assignable at the optimizer.
 * @param config see {@link AdamConfig}.
 * @returns the optimizer, for `model.compile`, {@link lookahead} and wherever a `tf.Optimizer` goes.
 * @throws Error if a setting is out of range or unknown.
 * @example
 * model.compile({ optimizer: nadam(1e-3), loss: 'meanSquaredError' });
 */
export function nadam(learningRate?: number, config?: AdamConfig): NAdam {
  return new NAdam(learningRate, config);
}
