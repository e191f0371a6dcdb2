import * as tf from '@tensorflow/tfjs';

/** The optimizer of these settings, for the slow weights: without momentum gradient descent, else heavy ball or Nesterov. */
export function makeOuter({ lr, momentum, nesterov }) {
  return momentum === 0 ? tf.train.sgd(lr) : tf.train.momentum(lr, momentum, nesterov);
}
