/** Every layer of tfjs-layers that trains on `cpu` trains on `wasm` with our kernels, and ends where `cpu` ends. */
import { fused, lookahead, registerTrainingKernels, unregisterTrainingKernels } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { onEachBackend } from './support/backends.js';
import { randomValues } from './support/reference.js';
import { brief, tf } from './support/tf.js';
import { tfjsLacks } from './support/tfjs-lacks.js';

const { layers: L } = tf;

const image = [6, 6, 3];
const sequence = [5, 4];
const volume = [4, 4, 4, 2];

/**
 * By the name of the factory: the shape of an input, and a layer that has weights, or that passes a gradient on to
 * weights. Each is given the config that makes it deterministic.
 */
const cases = {
  activation: [[6], () => L.activation({ activation: 'tanh' })],
  averagePooling1d: [sequence, () => L.averagePooling1d({ poolSize: 2 })],
  averagePooling2d: [image, () => L.averagePooling2d({ poolSize: 2 })],
  averagePooling3d: [volume, () => L.averagePooling3d({ poolSize: 2 })],
  batchNormalization: [[6], () => L.batchNormalization({})],
  bidirectional: [sequence, () => L.bidirectional({ layer: L.gru({ units: 3 }), mergeMode: 'concat' })],
  conv1d: [sequence, () => L.conv1d({ filters: 3, kernelSize: 2 })],
  conv2d: [image, () => L.conv2d({ filters: 3, kernelSize: 3, activation: 'relu' })],
  // The first layer, since the gradient of its input is wrong on wasm, in tfjs by itself.
  conv3d: [volume, () => L.conv3d({ filters: 2, kernelSize: 2 }), { isFirst: true }],
  conv2dTranspose: [image, () => L.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2 })],
  convLstm2d: [[3, ...image], () => L.convLstm2d({ filters: 2, kernelSize: 3 })],
  cropping2D: [
    image,
    () =>
      L.cropping2D({
        cropping: [
          [1, 1],
          [1, 1],
        ],
      }),
  ],
  dense: [[6], () => L.dense({ units: 4, activation: 'relu' })],
  depthwiseConv2d: [image, () => L.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 })],
  elu: [[6], () => L.elu()],
  embedding: [[5], () => L.embedding({ inputDim: 7, outputDim: 3 }), { inputDim: 7 }],
  flatten: [image, () => L.flatten()],
  globalAveragePooling1d: [sequence, () => L.globalAveragePooling1d({})],
  globalAveragePooling2d: [image, () => L.globalAveragePooling2d({})],
  globalMaxPooling1d: [sequence, () => L.globalMaxPooling1d({})],
  globalMaxPooling2d: [image, () => L.globalMaxPooling2d({})],
  gru: [sequence, () => L.gru({ units: 4 })],
  layerNormalization: [[6], () => L.layerNormalization({})],
  leakyReLU: [[6], () => L.leakyReLU()],
  lstm: [sequence, () => L.lstm({ units: 4 })],
  masking: [sequence, () => L.masking({}), { isFirst: true }],
  maxPooling1d: [sequence, () => L.maxPooling1d({ poolSize: 2 })],
  maxPooling2d: [image, () => L.maxPooling2d({ poolSize: 2 })],
  maxPooling3d: [volume, () => L.maxPooling3d({ poolSize: 2 })],
  permute: [image, () => L.permute({ dims: [2, 3, 1] })],
  prelu: [[6], () => L.prelu({})],
  reLU: [[6], () => L.reLU()],
  repeatVector: [[6], () => L.repeatVector({ n: 3 })],
  rescaling: [[6], () => L.rescaling({ scale: 0.5, offset: 0.1 })],
  reshape: [[6], () => L.reshape({ targetShape: [2, 3] })],
  rnn: [sequence, () => L.rnn({ cell: L.simpleRNNCell({ units: 3 }) })],
  separableConv2d: [image, () => L.separableConv2d({ filters: 3, kernelSize: 3 })],
  simpleRNN: [sequence, () => L.simpleRNN({ units: 3 })],
  softmax: [[6], () => L.softmax()],
  stackedRNNCells: [
    sequence,
    () => L.rnn({ cell: L.stackedRNNCells({ cells: [L.lstmCell({ units: 3 }), L.gruCell({ units: 3 })] }) }),
  ],
  timeDistributed: [sequence, () => L.timeDistributed({ layer: L.dense({ units: 3 }) })],
  // Bilinear, since the gradient of 'nearest' is wrong on cpu where a batch has more than one image.
  upSampling2d: [image, () => L.upSampling2d({ size: [2, 2], interpolation: 'bilinear' })],
  zeroPadding2d: [image, () => L.zeroPadding2d({ padding: 1 })],
};

/** Two branches into one layer. */
const merges = { add: {}, average: {}, concatenate: {}, dot: { axes: 1 }, maximum: {}, minimum: {}, multiply: {} };

/** The kernel of TensorFlow.js itself that each of these layers needs, and that `wasm` has in later versions only. */
const theirs = {
  averagePooling1d: 'AvgPoolGrad',
  averagePooling2d: 'AvgPoolGrad',
  averagePooling3d: 'AvgPool3DGrad',
  conv3d: 'Conv3DBackpropFilterV2',
  elu: 'EluGrad',
  maxPooling3d: 'MaxPool3DGrad',
  upSampling2d: 'ResizeBilinearGrad',
};

const isLacking = (name) =>
  !L[name] ||
  (theirs[name] && !tf.getKernel(theirs[name], 'wasm')) ||
  (name.startsWith('globalMax') && tfjsLacks('a broadcast of any dtype on wasm'));

/** The factories that are not trained here, by the reason. */
const others = {
  'base classes, inputs, and cells that a case has in a layer': [
    ...['Layer', 'RNN', 'RNNCell', 'input', 'inputLayer', 'lstmCell', 'gruCell', 'simpleRNNCell', 'convLstm2dCell'],
  ],
  'other names of the same': [
    ...['avgPool1d', 'avgPool2d', 'avgPool3d', 'avgPooling1d', 'avgPooling2d', 'avgPooling3d'],
    ...['globalMaxPool1d', 'globalMaxPool2d', 'maxPool1d', 'maxPool2d'],
  ],
  'random, so that no two runs are alike': [
    ...['alphaDropout', 'dropout', 'gaussianDropout', 'gaussianNoise', 'spatialDropout1d', 'randomWidth'],
  ],
  'without a gradient': ['categoryEncoding', 'centerCrop', 'conv3dTranspose', 'resizing', 'thresholdedReLU'],
};

/** A model with the layer between weights, with seeded weights, and its data. */
function modelWith(name) {
  if (merges[name]) {
    const input = tf.input({ shape: [6] });
    const branches = [1, 2].map(() => L.dense({ units: 4 }).apply(input));
    const output = L.dense({ units: 2 }).apply(L[name](merges[name]).apply(branches));
    return { model: tf.model({ inputs: input, outputs: output }), shape: [6] };
  }
  const [shape, layer, { inputDim, isFirst = false } = {}] = cases[name];
  const input = tf.input({ shape, ...(inputDim ? { dtype: 'int32' } : {}) });
  // A weight before the layer, so that the layer is asked for the gradient of its input too. Its output is positive,
  // since the gradient of tfjs's max pooling on wasm, whose bits are kept, drops windows without a positive value. It
  // has no bias, since the gradient of a bias before a normalization is nothing but rounding.
  const first = () => L.dense({ units: shape.at(-1), activation: 'sigmoid', useBias: false });
  const before = inputDim || isFirst ? input : first().apply(input);
  let output = layer().apply(before);
  if (output.shape.length > 2) output = L.flatten().apply(output);
  output = L.dense({ units: 2 }).apply(output);
  return { model: tf.model({ inputs: input, outputs: output }), shape, inputDim };
}

/** @returns the weights after some steps, on the active backend, and what is left over. */
async function trained(name, optimizer) {
  const before = tf.memory().numTensors;
  const { model, shape, inputDim } = modelWith(name);
  tf.tidy(() => {
    model.setWeights(
      model.getWeights().map((w, i) => {
        const values = randomValues(w.size, i + 1);
        return tf.tensor(/moving|variance/.test(w.name) ? values.map(Math.abs) : values.map((v) => v / 2), w.shape);
      }),
    );
  });
  const size = tf.util.sizeFromShape(shape);
  const values = randomValues(4 * size, 50);
  const x = inputDim
    ? tf.tensor(
        Int32Array.from(values, (v) => Math.floor(((v + 1) / 2) * inputDim) % inputDim),
        [4, ...shape],
        'int32',
      )
    : tf.tensor(values, [4, ...shape]);
  const y = tf.tensor(randomValues(8, 60), [4, 2]);
  const own = optimizer();
  model.compile({ optimizer: own, loss: 'meanSquaredError' });
  for (let step = 0; step < 2; ++step) await model.trainOnBatch(x, y);
  const atTwo = tf.memory().numTensors;
  for (let step = 0; step < 2; ++step) await model.trainOnBatch(x, y);
  const grown = tf.memory().numTensors - atTwo;
  const weights = model.getWeights().map((w) => w.dataSync().slice());
  model.dispose();
  own.dispose();
  tf.dispose([x, y]);
  return { weights, grown, left: tf.memory().numTensors - before };
}

const inner = {
  adam: () => tf.train.adam(0.01),
  ...(!brief && { sgd: () => tf.train.sgd(0.002), rmsprop: () => tf.train.rmsprop(0.01) }),
};
const ways = {
  plain: (make) => make,
  fused: (make) => () => fused(make()),
  wrapped: (make) => () => lookahead(make(), { k: 2 }),
};

onEachBackend(
  'layers train on wasm',
  (test) => {
    test('every layer is a case, or listed with a reason', () => {
      const known = [...Object.keys(cases), ...Object.keys(merges), ...Object.values(others).flat()];
      const factories = Object.keys(L).filter((name) => !known.includes(name));
      assert.equal(factories, []);
    });

    for (const name of [...Object.keys(cases), ...Object.keys(merges)]) {
      const title = `${name} ends where cpu ends`;
      if (isLacking(name)) {
        test.skip(title);
        continue;
      }
      test(title, async () => {
        const results = {};
        for (const backend of ['cpu', 'wasm']) {
          await tf.setBackend(backend);
          if (backend === 'wasm') registerTrainingKernels();
          try {
            for (const [optimizer, make] of Object.entries(inner)) {
              for (const [way, around] of Object.entries(ways)) {
                const key = `${name}, ${optimizer}, ${way}`;
                const { weights, grown, left } = await trained(name, around(make));
                assert.is(grown, 0, `${key}, ${backend}: a step leaks`);
                if (backend === 'cpu') results[key] = { weights, left };
                else {
                  assert.is(left, results[key].left, `${key}: what is left over`);
                  for (const [i, values] of weights.entries()) {
                    const expected = results[key].weights[i];
                    for (const [j, value] of values.entries()) {
                      const close = Math.abs(value - expected[j]) <= 1e-4 * (1 + Math.abs(expected[j]));
                      assert.ok(close, `${key}: weight ${i}, element ${j} is ${value}, on cpu ${expected[j]}`);
                    }
                  }
                }
              }
            }
          } finally {
            unregisterTrainingKernels();
          }
        }
      });
    }
  },
  ['wasm'],
);
