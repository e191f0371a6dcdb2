import { lookahead, registerTrainingKernels, unregisterTrainingKernels } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { onEachBackend } from './support/backends.js';
import { disposeWithInner } from './support/inner-optimizers.js';
import { randomValues } from './support/reference.js';
import { valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';

/** Layers that plain tfjs cannot train on wasm, each in a model of its own, and frozen layers before and behind. */
const models = {
  'conv1d, max pooling': () => [
    [12, 2],
    tf.layers.conv1d({ filters: 3, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }),
    // Before max pooling values are not negative: on wasm tfjs drops the gradient of a window that has no positive one.
    tf.layers.conv1d({ filters: 5, kernelSize: 2, activation: 'relu' }),
    tf.layers.maxPooling1d({ poolSize: 2 }),
  ],
  'conv2d, max pooling': () => [
    [10, 9, 2],
    tf.layers.conv2d({ filters: 5, kernelSize: [3, 2], padding: 'same', activation: 'relu' }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.conv2d({ filters: 6, kernelSize: 3, strides: 2 }),
  ],
  'separable and depthwise': () => [
    [8, 8, 3],
    tf.layers.separableConv2d({ filters: 5, kernelSize: 3, depthMultiplier: 2, padding: 'same' }),
    tf.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, strides: 2, activation: 'tanh' }),
  ],
  conv2dTranspose: () => [
    [3, 3, 4],
    tf.layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: 'same', activation: 'tanh' }),
    tf.layers.conv2dTranspose({ filters: 1, kernelSize: 4, strides: 1 }),
  ],
  'a frozen convolution in front': () => [
    [8, 8, 2],
    tf.layers.conv2d({ filters: 4, kernelSize: 3, trainable: false, activation: 'tanh' }),
    tf.layers.conv2d({ filters: 3, kernelSize: 3 }),
  ],
  'a frozen convolution behind': () => [
    [8, 8, 2],
    tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'tanh' }),
    tf.layers.conv2d({ filters: 3, kernelSize: 3, trainable: false }),
  ],
  embedding: () => [[7], tf.layers.embedding({ inputDim: 11, outputDim: 5 })],
};

const optimizers = {
  sgd: () => tf.train.sgd(0.05),
  adam: () => tf.train.adam(0.005),
  'lookahead(momentum)': () => lookahead(tf.train.momentum(0.02, 0.9), { k: 3 }),
  'lookahead(adam)': () => lookahead(tf.train.adam(0.005), { k: 3 }),
};

/** Trains for some steps on the backend; weights and losses. */
async function train(backend, makeLayers, makeOptimizer) {
  await tf.setBackend(backend);
  const [inputShape, ...layers] = makeLayers();
  const model = tf.sequential();
  model.add(tf.layers.inputLayer({ inputShape }));
  for (const layer of [...layers, tf.layers.flatten(), tf.layers.dense({ units: 3 })]) model.add(layer);
  tf.tidy(() => {
    model.setWeights(model.getWeights().map((w, i) => tf.mul(tf.tensor(randomValues(w.size, i + 1), w.shape), 0.4)));
  });
  const size = 6 * inputShape.reduce((a, b) => a * b);
  const values = randomValues(size, 50);
  // An embedding takes whole numbers, some of them several times.
  const isIndex = inputShape.length === 1;
  const x = tf.tensor(isIndex ? values.map((v) => Math.floor((v + 1) * 4)) : values, [6, ...inputShape]);
  const y = tf.tensor2d(randomValues(18, 60), [6, 3]);
  const optimizer = makeOptimizer();
  const losses = [];
  const variables = model.trainableWeights.map((w) => w.read());
  for (let i = 0; i < 8; ++i) {
    const loss = optimizer.minimize(
      () => tf.tidy(() => tf.losses.meanSquaredError(y, model.apply(x, { training: true }))),
      true,
      variables,
    );
    losses.push(loss.dataSync()[0]);
    loss.dispose();
  }
  const result = { losses, weights: await valuesOf(model.getWeights()) };
  optimizer.inner ? disposeWithInner(optimizer) : optimizer.dispose();
  model.dispose();
  tf.dispose([x, y]);
  return result;
}

onEachBackend(
  'layers with convolutions and embeddings',
  (test) => {
    for (const [name, makeLayers] of Object.entries(models)) {
      test(`${name}: they train on wasm, and end where they end on cpu`, async () => {
        for (const [optimizer, makeOptimizer] of Object.entries(optimizers)) {
          const expected = await train('cpu', makeLayers, makeOptimizer);
          registerTrainingKernels();
          let actual;
          try {
            actual = await train('wasm', makeLayers, makeOptimizer);
          } finally {
            unregisterTrainingKernels();
          }
          assert.ok(expected.losses.at(-1) < 0.97 * expected.losses[0], `${optimizer}: it learns: ${expected.losses}`);
          const near = (a, b, message) =>
            assert.ok(Math.abs(a - b) <= 2e-4 * Math.max(1, Math.abs(b)), `${message}: ${a}, ${b}`);
          for (const [i, loss] of actual.losses.entries()) near(loss, expected.losses[i], `${optimizer}, step ${i}`);
          for (const [i, weight] of actual.weights.entries()) {
            for (const [j, value] of weight.entries()) near(value, expected.weights[i][j], `${optimizer}, weight ${i}`);
          }
        }
      });
    }
  },
  ['wasm'],
);
