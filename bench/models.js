/** What training is measured on: seeded models with a batch of data. The wasm backend has all gradients for them. */
import * as tf from '@tensorflow/tfjs';
import { randomValues } from './random.js';

const BATCH = 32;

const glorot = (seed) => tf.initializers.glorotUniform({ seed });

function denseLayer(seed, config) {
  return tf.layers.dense({ ...config, kernelInitializer: glorot(seed) });
}

/**
 * Whole numbers below `end`, as one-hot vectors. Made here, since tfjs's own op makes int32 on wasm, and webgpu cannot transpose
 * what was cast from that: the LSTM would train on garbage there.
 */
function oneHot(shape, end, seed) {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  const values = new Float32Array(size * end);
  randomValues(size, seed).forEach((value, i) => {
    values[i * end + Math.floor(((value + 1) / 2) * end)] = 1;
  });
  return tf.tensor(values, [...shape, end]);
}

const mlp = (inputs, firstUnits, secondUnits, outputs) => () => {
  const model = tf.sequential({
    layers: [
      denseLayer(1, { units: firstUnits, activation: 'relu', inputShape: [inputs] }),
      denseLayer(2, { units: secondUnits, activation: 'relu' }),
      denseLayer(3, { units: outputs }),
    ],
  });
  return {
    model,
    inputs: tf.tensor2d(randomValues(BATCH * inputs, 4), [BATCH, inputs]),
    targets: oneHot([BATCH], outputs, 5),
  };
};

function lstm() {
  const [length, symbols, classes] = [16, 32, 10];
  const model = tf.sequential({
    layers: [
      tf.layers.lstm({
        units: 64,
        inputShape: [length, symbols],
        recurrentActivation: 'sigmoid',
        kernelInitializer: glorot(1),
        recurrentInitializer: glorot(2), // orthogonal, the default, is slow to compute
      }),
      denseLayer(3, { units: classes }),
    ],
  });
  return { model, inputs: oneHot([BATCH, length], symbols, 4), targets: oneHot([BATCH], classes, 5) };
}

/** The first is as small as the networks that learn to balance a pole (DQN). */
export const models = {
  'MLP 4-24-48-2': mlp(4, 24, 48, 2),
  'MLP 784-128-64-10': mlp(784, 128, 64, 10),
  'LSTM 64 over 16 of 32 symbols': lstm,
};

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
