import * as tf from '@tensorflow/tfjs-core';

const RATE = 0.001;

/** Every optimizer of tfjs, in every variant of its step. */
export const optimizers = {
  SGD: () => tf.train.sgd(RATE),
  Momentum: () => tf.train.momentum(RATE, 0.9),
  'Momentum, Nesterov': () => tf.train.momentum(RATE, 0.9, true),
  RMSProp: () => tf.train.rmsprop(RATE),
  'RMSProp with momentum': () => tf.train.rmsprop(RATE, 0.9, 0.5),
  // tfjs takes the root of the variance minus epsilon: if epsilon is not tiny, all weights become NaN.
  'RMSProp, centered': () => tf.train.rmsprop(RATE, 0.9, 0.5, 1e-10, true),
  Adam: () => tf.train.adam(RATE),
  Adamax: () => tf.train.adamax(RATE),
  Adagrad: () => tf.train.adagrad(RATE),
  Adadelta: () => tf.train.adadelta(RATE),
};

/** The variables that an optimizer keeps in lists of slots. */
export const slotsOf = (optimizer) =>
  Object.values(optimizer)
    .filter(Array.isArray)
    .flatMap((slots) => slots.map(({ variable }) => variable));

/** Its other variables: Adam's powers of beta, for instance. */
export const countersOf = (optimizer) => Object.values(optimizer).filter((value) => value instanceof tf.Variable);

export function disposeOptimizer(optimizer) {
  optimizer.dispose();
  optimizer.c?.dispose(); // Momentum's own dispose() forgets this tensor
}
