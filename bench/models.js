/** The tasks that training is measured on: seeded models with a batch of data. */
import * as core from '@tensorflow/tfjs-core';
import { randomValues } from './random.js';

const BATCH = 32;

const glorot = (tf, seed) => tf.initializers.glorotUniform({ seed });

function denseLayer(tf, seed, config) {
  return tf.layers.dense({ ...config, kernelInitializer: glorot(tf, seed) });
}

/**
 * Whole numbers below `end`, as one-hot vectors. They are made here, because tfjs's own op makes int32 on wasm, and
 * webgpu cannot transpose what was cast from that: the LSTM would train on garbage there.
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
    model,
    inputs,
    targets,
    variables: model.getWeights(true),
    loss: () => core.losses.softmaxCrossEntropy(targets, model.apply(inputs, { training: true })),
    dispose() {
      model.dispose();
      core.dispose([inputs, targets]);
    },
  };
}

const mlp =
  (inputs, firstUnits, secondUnits, outputs, batch = BATCH) =>
  (tf) =>
    classifier(
      tf,
      [
        denseLayer(tf, 1, { units: firstUnits, activation: 'relu', inputShape: [inputs] }),
        denseLayer(tf, 2, { units: secondUnits, activation: 'relu' }),
        denseLayer(tf, 3, { units: outputs }),
      ],
      core.keep(core.tensor2d(randomValues(batch * inputs, 4), [batch, inputs])),
      core.keep(oneHot([batch], outputs, 5)),
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

/** A small one for digits, like the first that people train. */
function convolutional(tf) {
  const [size, classes] = [28, 10];
  const layers = [
    tf.layers.conv2d({
      filters: 8,
      kernelSize: 5,
      activation: 'relu',
      inputShape: [size, size, 1],
      kernelInitializer: glorot(tf, 1),
    }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.conv2d({ filters: 16, kernelSize: 5, activation: 'relu', kernelInitializer: glorot(tf, 2) }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.flatten(),
    denseLayer(tf, 3, { units: classes }),
  ];
  const images = core.tensor4d(randomValues(BATCH * size * size, 4), [BATCH, size, size, 1]);
  return classifier(tf, layers, core.keep(images), core.keep(oneHot([BATCH], classes, 5)));
}

function embedding(tf) {
  const [words, length, classes] = [1000, 16, 10];
  const layers = [
    tf.layers.embedding({
      inputDim: words,
      outputDim: 32,
      inputLength: length,
      embeddingsInitializer: tf.initializers.randomUniform({ seed: 1, minval: -0.05, maxval: 0.05 }),
    }),
    tf.layers.flatten(),
    denseLayer(tf, 2, { units: classes }),
  ];
  const ids = randomValues(BATCH * length, 4).map((value) => Math.floor(((value + 1) / 2) * words));
  const inputs = core.tensor2d(Int32Array.from(ids), [BATCH, length], 'int32');
  return classifier(tf, layers, core.keep(inputs), core.keep(oneHot([BATCH], classes, 5)));
}

/** A block of a transformer: attention with four heads, and a layer on it, trained to give another tensor. */
function attention() {
  const [batch, length, width, heads] = [8, 32, 64, 4];
  const weights = (shape, seed) =>
    core.variable(core.mul(core.tensor2d(randomValues(shape[0] * shape[1], seed), shape), Math.sqrt(3 / shape[0])));
  const variables = [1, 2, 3, 4].map((seed) => weights([width, width], seed));
  variables.push(weights([width, 4 * width], 5), weights([4 * width, width], 6));
  const [query, key, value, out, expand, contract] = variables;
  const [inputs, targets] = [7, 8].map((seed) =>
    core.keep(core.tensor2d(randomValues(batch * length * width, seed), [batch * length, width])),
  );
  const apart = (x) => core.transpose(core.reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
  const together = (x) => core.reshape(core.transpose(x, [0, 2, 1, 3]), [batch * length, width]);
  return {
    inputs,
    targets,
    variables,
    loss() {
      const [q, k, v] = [query, key, value].map((w) => apart(core.matMul(inputs, w)));
      const scores = core.softmax(core.mul(core.matMul(q, k, false, true), Math.sqrt(heads / width)));
      const attended = core.add(inputs, core.matMul(together(core.matMul(scores, v)), out));
      const result = core.add(attended, core.matMul(core.relu(core.matMul(attended, expand)), contract));
      return core.mean(core.squaredDifference(result, targets));
    },
    dispose: () => core.dispose([variables, inputs, targets]),
  };
}

/**
 * Each makes a task of all of TensorFlow.js, layers included: the `variables` to train, the `loss` to minimize,
 * `inputs` and `targets`, the `model` where it is one of layers, and `dispose()`. It is called in a tidy, and keeps what
 * the task needs. The first is as small as the networks that learn to balance a pole (DQN).
 */
export const models = {
  'MLP 4-24-48-2': mlp(4, 24, 48, 2),
  'MLP 784-128-64-10': mlp(784, 128, 64, 10),
  'LSTM 64 over 16 of 32 symbols': recurrent('lstm'),
  'GRU 64 over 16 of 32 symbols': recurrent('gru'),
  'MLP 784-128-64-10, batch norm': normalized,
  'MLP 784-512-256-10, batch 128': mlp(784, 512, 256, 10, 128),
  'Attention 64, 4 heads, over 32': attention,
  'CNN 28 x 28, filters 5 x 5': convolutional,
  'Embedding of 1000 words': embedding,
};

/** Models for which the wasm backend lacks gradients, without the kernels. */
export const needsKernels = ['CNN 28 x 28, filters 5 x 5', 'Embedding of 1000 words'];

/** The last of the models are left out on other backends than wasm, where the kernels are: they take minutes there. */
export const modelsOn = (backend) => Object.keys(models).slice(0, backend === 'wasm' ? undefined : 5);

/** @param make one of {@link models}: every call makes the same. */
export const makeTask = (make, tf) => core.tidy(() => make(tf));
