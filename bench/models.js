/**
 * The models for the share of training: seeded, with a batch of data. The wasm backend has all gradients that they
 * need.
 */
import * as tf from '@tensorflow/tfjs';
import { randomValues } from './random.js';

const BATCH = 32;
const CLASSES = 10;

const glorot = (seed) => tf.initializers.glorotUniform({ seed });

function denseLayer(seed, config) {
  return tf.layers.dense({ ...config, kernelInitializer: glorot(seed) });
}

/** Whole numbers below `end`, as one-hot vectors, cast because the one-hot kernel of wasm only makes int32. */
function oneHot(shape, end, seed) {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  const classes = Int32Array.from(randomValues(size, seed), (value) => Math.floor(((value + 1) / 2) * end));
  return tf.cast(tf.oneHot(tf.tensor(classes, shape, 'int32'), end), 'float32');
}

function mlp() {
  const model = tf.sequential({
    layers: [
      denseLayer(1, { units: 128, activation: 'relu', inputShape: [784] }),
      denseLayer(2, { units: 64, activation: 'relu' }),
      denseLayer(3, { units: CLASSES }),
    ],
  });
  const inputs = tf.tensor2d(randomValues(BATCH * 784, 4), [BATCH, 784]);
  return { model, inputs, targets: oneHot([BATCH], CLASSES, 5) };
}

function lstm() {
  const [length, symbols] = [16, 32];
  const model = tf.sequential({
    layers: [
      tf.layers.lstm({
        units: 64,
        inputShape: [length, symbols],
        recurrentActivation: 'sigmoid',
        kernelInitializer: glorot(1),
        recurrentInitializer: glorot(2), // orthogonal, the default, is slow to compute
      }),
      denseLayer(3, { units: CLASSES }),
    ],
  });
  return { model, inputs: oneHot([BATCH, length], symbols, 4), targets: oneHot([BATCH], CLASSES, 5) };
}

export const models = { 'MLP 784-128-64-10': mlp, 'LSTM 64 over 16 of 32 symbols': lstm };

/** @param make one of {@link models}. Every call makes the same model. An optimizer minimizes `loss`. */
export function makeTask(make) {
  const { model, inputs, targets } = tf.tidy(() => {
    const made = make();
    for (const tensor of [made.inputs, made.targets]) tf.keep(tensor);
    return made;
  });
  return {
    variables: model.getWeights(true),
    loss: () => tf.losses.softmaxCrossEntropy(targets, model.apply(inputs)),
    dispose() {
      model.dispose();
      tf.dispose([inputs, targets]);
    },
  };
}
