/** The public class, registered, and the function that makes one. */
import { type Optimizer, serialization } from '@tensorflow/tfjs-core';
import { at } from '../base/errors.js';
import type { LookaheadOptimizerConfig } from '../lookahead-settings.js';
import { type OptimizerName, optimizerByName } from '../optimizers/by-name.js';
import { makeInspectable } from './inspect.js';
import { LookaheadOptimizer } from './optimizer.js';

/** Called at import, marked as pure, so that it leaves nothing in a bundle that does not use the class. */
function register(cls: typeof LookaheadOptimizer): typeof LookaheadOptimizer {
  serialization.registerClass(cls as never);
  makeInspectable(cls.prototype);
  return cls;
}

/**
 * Lookahead as a `tf.Optimizer`: it has an inner optimizer, which steps the fast weights, and merges after every k of
 * its steps. {@link lookahead} makes one.
 *
 * @example
 * const optimizer: LookaheadOptimizer = lookahead(tf.train.adam(1e-3), { k: 5, alpha: 0.5 });
 * model.compile({ optimizer, loss: 'meanSquaredError' });
 * await model.fit(x, y);
 * const loss = optimizer.withSlowWeights(() => model.evaluate(x, y));
 */
const Registered = /*#__PURE__*/ register(LookaheadOptimizer);
type Registered = LookaheadOptimizer;

export { Registered as LookaheadOptimizer };

/**
 * Wraps any optimizer of tfjs in Lookahead, for `model.compile` and wherever a `tf.Optimizer` goes.
 *
 * @param inner steps the fast weights: a `tf.Optimizer`, which belongs to the result from now on, or a name, such as 'adam',
 * with the rate that `model.compile` gives it, or that of this package's own, such as 'adamw'.
 * @param config see {@link LookaheadOptimizerConfig}. `outer` may be a name too.
 * @returns the optimizer. It has to be disposed, like any other; the inner one is disposed with it.
 * @throws Error as the constructor of {@link LookaheadOptimizer} does, or if a name is unknown.
 * @example
 * model.compile({ optimizer: lookahead(tf.train.adam(1e-3), { k: 5, alpha: 0.5 }), loss: 'meanSquaredError' });
 */
export function lookahead(
  inner: Optimizer | OptimizerName,
  config: Omit<LookaheadOptimizerConfig, 'outer'> & { outer?: Optimizer | OptimizerName } = {},
): LookaheadOptimizer {
  const made: Optimizer[] = [];
  const optimizerOf = (argument: string, given: Optimizer | string) => {
    if (typeof given !== 'string') return given;
    const optimizer = at('lookahead', () => optimizerByName(argument, given));
    made.push(optimizer);
    return optimizer;
  };
  try {
    const given = optimizerOf('inner', inner);
    const { outer } = Object(config) as typeof config;
    const settings = typeof outer === 'string' ? { ...config, outer: optimizerOf('outer', outer) } : config;
    return new Registered(given, settings as LookaheadOptimizerConfig);
  } catch (error) {
    for (const optimizer of made) optimizer.dispose();
    throw error;
  }
}
