import * as tf from '@tensorflow/tfjs';

/**
 * A product of matrices whose gradient transposes first. The backend wasm multiplies a transposed matrix in a plain
 * loop, which took most of the time of a training step.
 */
export const matMul = tf.customGrad((a, b, save) => {
  save([a, b]);
  return {
    value: tf.matMul(a, b),
    gradFunc: (dy, [savedA, savedB]) => [tf.matMul(dy, tf.transpose(savedB)), tf.matMul(tf.transpose(savedA), dy)],
  };
});
