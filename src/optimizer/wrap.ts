/** The public class, registered, and the function that makes one. */
import { type Optimizer, serialization } from '@tensorflow/tfjs-core';
import { at } from '../base/errors.js';
import type { LookaheadOptimizerConfig } from '../settings.js';
import { optimizerByName } from './by-name.js';
import { LookaheadOptimizer } from './optimizer.js';

/** Called at import, marked as pure, so that it leaves nothing in a bundle that does not use the class. */
function register<T>(cls: T): T {
  serialization.registerClass(cls as never);
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
 * @param inner steps the fast weights: a `tf.Optimizer`, which belongs to the result from now on, or a name that
 * `model.compile` takes, such as 'adam', with the rate that it has there.
 * @param config see {@link LookaheadOptimizerConfig}.
 * @returns the optimizer. It has to be disposed, like any other; the inner one is disposed with it.
 * @throws Error as the constructor of {@link LookaheadOptimizer} does, or if a name is unknown.
 * @example
 * model.compile({ optimizer: lookahead(tf.train.adam(1e-3), { k: 5, alpha: 0.5 }), loss: 'meanSquaredError' });
 */
export function lookahead(inner: Optimizer | string, config: LookaheadOptimizerConfig = {}): LookaheadOptimizer {
  if (typeof inner !== 'string') return new Registered(inner, config);
  const made = at('lookahead', () => optimizerByName(inner));
  try {
    return new Registered(made, config);
  } catch (error) {
    made.dispose();
    throw error;
  }
}
