import * as tf from '@tensorflow/tfjs';

/**
 * A factory of `tf.train`, and what it takes after the learning rate. The page makes both optimizers and code from
 * these.
 */
type Recipe = [factory: 'sgd' | 'momentum' | 'adam' | 'rmsprop', ...afterRate: (number | boolean)[]];

export const innerOptimizers = {
  SGD: ['sgd'],
  Momentum: ['momentum', 0.9],
  Adam: ['adam'],
  RMSProp: ['rmsprop'],
} satisfies Record<string, Recipe>;

export type InnerOptimizer = keyof typeof innerOptimizers;

export const outerOptimizers = {
  sgd: ['sgd'],
  heavyBall: ['momentum', 0.6],
  nesterov: ['momentum', 0.9, true],
  adam: ['adam'],
} satisfies Record<string, Recipe>;

export type OuterOptimizer = keyof typeof outerOptimizers;

export function makeOptimizer([factory, ...afterRate]: Recipe, learningRate: number): tf.Optimizer {
  const make = tf.train[factory] as (...parameters: (number | boolean)[]) => tf.Optimizer;
  return make(learningRate, ...afterRate);
}

export function optimizerCode([factory, ...afterRate]: Recipe, learningRate: number): string {
  return `tf.train.${factory}(${[learningRate, ...afterRate].join(', ')})`;
}

export function setLearningRate(optimizer: tf.Optimizer, learningRate: number): void {
  const rated = optimizer as unknown as { learningRate: number; setLearningRate?(learningRate: number): void };
  // SGD and Momentum keep a tensor made from the rate, which an assignment would not change.
  if (rated.setLearningRate) rated.setLearningRate(learningRate);
  else rated.learningRate = learningRate;
}

export function disposeOptimizer(optimizer: tf.Optimizer): void {
  optimizer.dispose();
  // The dispose() of Momentum forgets that tensor.
  (optimizer as unknown as { c?: tf.Tensor }).c?.dispose();
}
