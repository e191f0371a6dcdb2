import * as tf from '@tensorflow/tfjs';

export const innerOptimizers = {
  SGD: (learningRate: number): tf.Optimizer => tf.train.sgd(learningRate),
  Momentum: (learningRate: number): tf.Optimizer => tf.train.momentum(learningRate, 0.9),
  Adam: (learningRate: number): tf.Optimizer => tf.train.adam(learningRate),
  RMSProp: (learningRate: number): tf.Optimizer => tf.train.rmsprop(learningRate),
};

export type InnerOptimizer = keyof typeof innerOptimizers;

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
