import { type Optimizer, train } from '@tensorflow/tfjs-core';
import { refuse } from '../base/errors.js';

/** The names that `model.compile` of tfjs-layers takes, with its rates. */
const byName = new Map<string, () => Optimizer>([
  ['sgd', () => train.sgd(0.01)],
  ['rmsprop', () => train.rmsprop(0.001, 0.9, 0)],
  ['adam', () => train.adam(0.001)],
  ['adamax', () => train.adamax(0.002)],
  ['adagrad', () => train.adagrad(0.01)],
  ['adadelta', () => train.adadelta(1)],
]);

/**
 * @param name 'adam' or another that `model.compile` takes; its capital letters do not matter.
 * @throws Error if there is no optimizer of this name.
 */
export function optimizerByName(name: string): Optimizer {
  const make = byName.get(name.toLowerCase());
  if (make) return make();
  return refuse('inner', name, `a tf.Optimizer, or one of the names ${[...byName.keys()].join(', ')}`, '', true);
}
