import * as tf from '@tensorflow/tfjs';

const HIDDEN_UNITS = 16;

/** Two hidden layers, then logits of the two classes. The same seed gives the same weights. */
export function buildModel(seed: number): tf.Sequential {
  const initializer = (layer: number) => tf.initializers.glorotNormal({ seed: seed + layer });
  const hidden = { units: HIDDEN_UNITS, activation: 'tanh' } as const;
  return tf.sequential({
    layers: [
      tf.layers.dense({ ...hidden, inputShape: [2], kernelInitializer: initializer(1) }),
      tf.layers.dense({ ...hidden, kernelInitializer: initializer(2) }),
      tf.layers.dense({ units: 2, kernelInitializer: initializer(3) }),
    ],
  });
}

/** `getWeights` returns the variables themselves, although its type does not say so. */
export const variablesOf = (model: tf.Sequential) => model.getWeights(true) as tf.Variable[];

const logitsOf = (model: tf.Sequential, points: tf.Tensor) => model.apply(points) as tf.Tensor2D;

export function lossOf(model: tf.Sequential, points: tf.Tensor, classes: tf.Tensor): tf.Scalar {
  return tf.losses.softmaxCrossEntropy(classes, logitsOf(model, points)) as tf.Scalar;
}

/** Share of the points whose class the model finds more likely. */
export function accuracyOf(model: tf.Sequential, points: tf.Tensor, classes: tf.Tensor): tf.Scalar {
  return tf.tidy(() => tf.mean(tf.equal(tf.argMax(logitsOf(model, points), 1), tf.argMax(classes, 1))));
}

/**
 * How much higher the logit of the second class is at each point. On the border between the classes it is 0, and unlike
 * a probability it does not level off beside it.
 */
export function marginsOf(model: tf.Sequential, points: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const [first, second] = tf.unstack(logitsOf(model, points), 1) as [tf.Tensor, tf.Tensor];
    return tf.sub(second, first);
  });
}
