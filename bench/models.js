/** What training is measured on: seeded models with a batch of data. The wasm backend has all gradients for them. */
import * as core from '@tensorflow/tfjs-core';
import { randomValues } from './random.js';

const BATCH = 32;

const glorot = (tf, seed) => tf.initializers.glorotUniform({ seed });

function denseLayer(tf, seed, config) {
  return tf.layers.dense({ ...config, kernelInitializer: glorot(tf, seed) });
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
  return core.tensor(values, [...shape, end]);
}

/** A model of layers, trained to tell the classes of one batch. */
function classifier(tf, layers, inputs, targets) {
  const model = tf.sequential({ layers });
  return {
    variables: model.getWeights(true),
    loss: () => core.losses.softmaxCrossEntropy(targets, model.apply(inputs, { training: true })),
    dispose() {
      model.dispose();
      core.dispose([inputs, targets]);
    },
  };
}

const mlp = (inputs, firstUnits, secondUnits, outputs) => (tf) =>
  classifier(
    tf,
    [
      denseLayer(tf, 1, { units: firstUnits, activation: 'relu', inputShape: [inputs] }),
      denseLayer(tf, 2, { units: secondUnits, activation: 'relu' }),
      denseLayer(tf, 3, { units: outputs }),
    ],
    core.keep(core.tensor2d(randomValues(BATCH * inputs, 4), [BATCH, inputs])),
    core.keep(oneHot([BATCH], outputs, 5)),
  );

function normalized(tf) {
  const [inputs, outputs] = [784, 10];
  const layers = [
    denseLayer(tf, 1, { units: 128, inputShape: [inputs] }),
    tf.layers.batchNormalization(),
    tf.layers.activation({ activation: 'relu' }),
    denseLayer(tf, 2, { units: 64 }),
    tf.layers.batchNormalization(),
    tf.layers.activation({ activation: 'relu' }),
    denseLayer(tf, 3, { units: outputs }),
  ];
  const x = core.keep(core.tensor2d(randomValues(BATCH * inputs, 4), [BATCH, inputs]));
  return classifier(tf, layers, x, core.keep(oneHot([BATCH], outputs, 5)));
}

/** @param layer the name of a recurrent layer. */
const recurrent = (layer) => (tf) => {
  const [length, symbols, classes] = [16, 32, 10];
  const layers = [
    tf.layers[layer]({
      units: 64,
      inputShape: [length, symbols],
      recurrentActivation: 'sigmoid',
      kernelInitializer: glorot(tf, 1),
      recurrentInitializer: glorot(tf, 2), // orthogonal, the default, is slow to compute
    }),
    denseLayer(tf, 3, { units: classes }),
  ];
  return classifier(tf, layers, core.keep(oneHot([BATCH, length], symbols, 4)), core.keep(oneHot([BATCH], classes, 5)));
};

/**
 * Each makes a task of all of TensorFlow.js, layers included: the `variables` to train, the `loss` to minimize, and `dispose()`. It
 * is called in a tidy, and keeps what the task needs. The first is as small as the networks that learn to balance a pole (DQN).
 */
export const models = {
  'MLP 4-24-48-2': mlp(4, 24, 48, 2),
  'MLP 784-128-64-10': mlp(784, 128, 64, 10),
  'LSTM 64 over 16 of 32 symbols': recurrent('lstm'),
  'GRU 64 over 16 of 32 symbols': recurrent('gru'),
  'MLP 784-128-64-10, batch norm': normalized,
};

/** @param make one of {@link models}: every call makes the same. */
export const makeTask = (make, tf) => core.tidy(() => make(tf));
