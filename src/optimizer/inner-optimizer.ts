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

/** Every optimizer of tfjs has it as a property; only SGD and Momentum have a method to set it, too. */
type WithRate = { learningRate: number; setLearningRate?(learningRate: number): void };

export const learningRateOf = (inner: Optimizer): number => (inner as unknown as WithRate).learningRate;

/** @throws Error unless the rate is a finite number. */
export function setLearningRate(optimizer: Optimizer, learningRate: number): void {
  if (!Number.isFinite(learningRate)) {
    refuse('learningRate', learningRate, 'a finite number', '', typeof learningRate === 'number');
  }
  const inner = optimizer as unknown as WithRate;
  // SGD and Momentum keep a tensor made from the rate, which a mere assignment would leave as it was.
  if (inner.setLearningRate) inner.setLearningRate(learningRate);
  else inner.learningRate = learningRate;
}

/**
 * @param name 'adam' or another that `model.compile` takes; its capital letters do not matter.
 * @throws Error if there is no optimizer of this name.
 */
export function optimizerByName(name: string): Optimizer {
  const make = byName.get(name.toLowerCase());
  if (make) return make();
  return refuse('inner', name, `a tf.Optimizer, or one of the names ${[...byName.keys()].join(', ')}`, '', true);
}
