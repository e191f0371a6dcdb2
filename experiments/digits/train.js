import * as tf from '@tensorflow/tfjs';
import { fused, lookahead, registerTrainingKernels } from 'tfjs-lookahead';
import { installDigits, readDigits } from '../../tools/mnist/digits.js';
import { drawSeed, mulberry32 } from '../../tools/random.js';
import { mean } from '../statistics.js';

const optimizers = {
  adam: (lr) => tf.train.adam(lr),
  momentum: (lr) => tf.train.momentum(lr, 0.9),
};

/** Of the 10,000 digits of the test set. */
const testRows = 2000;

const makeDigits = (part, rows) => {
  const { pixels, labels } = readDigits(part, rows);
  return tf.tidy(() => ({
    x: tf.tensor4d(pixels, [rows, 28, 28, 1]),
    y: tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), 10), 'float32'),
  }));
};

let digits;

/**
 * Trains one net. Runs of one seed start from the same weights and see the same batches, whatever else differs.
 *
 * @returns for each epoch the mean loss of its batches, and the loss and the accuracy on the test set, with the slow weights
 * if there are any. Null if a loss is not finite.
 */
export async function train({ rows, batch, epochs, optimizer: name, lookahead: config, lr, seed }, tell) {
  registerTrainingKernels();
  if (!digits) {
    await installDigits();
    digits = { training: makeDigits('train', rows), test: makeDigits('t10k', testRows) };
  }
  const random = mulberry32(seed);
  const model = buildModel(random);
  const order = mulberry32(drawSeed(random));
  const inner = optimizers[name](lr);
  const optimizer = config ? lookahead(inner, config) : fused(inner);
  const withSlowWeights = (fn) => (config ? optimizer.withSlowWeights(fn) : fn());
  const { x, y } = digits.training;

  const evaluations = [];
  for (let epoch = 1; epoch <= epochs; ++epoch) {
    const losses = batchesOf(rows, batch, order).map((drawn) =>
      tf.tidy(() => {
        const [points, classes] = [tf.gather(x, drawn), tf.gather(y, drawn)];
        const cost = optimizer.minimize(() => lossOf(model, points, classes), true);
        return cost.dataSync()[0];
      }),
    );
    evaluations.push({ loss: mean(losses), ...withSlowWeights(() => evaluate(model, digits.test)) });
    if (!losses.every(Number.isFinite)) break;
    tell(epoch / epochs);
  }
  optimizer.dispose();
  model.dispose();
  return evaluations.length === epochs && Number.isFinite(evaluations.at(-1).loss) ? evaluations : null;
}

function buildModel(random) {
  const kernelInitializer = () => tf.initializers.heNormal({ seed: drawSeed(random) });
  const convolution = { kernelSize: 5, activation: 'relu' };
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ ...convolution, filters: 8, inputShape: [28, 28, 1], kernelInitializer: kernelInitializer() }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.conv2d({ ...convolution, filters: 16, kernelInitializer: kernelInitializer() }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 64, activation: 'relu', kernelInitializer: kernelInitializer() }),
      tf.layers.dense({ units: 10, kernelInitializer: kernelInitializer() }),
    ],
  });
}

const lossOf = (model, x, y) => tf.losses.softmaxCrossEntropy(y, model.apply(x));

/** The rows of an epoch in an order drawn anew (Fisher, Yates), in batches. What does not fill one is left out. */
function batchesOf(rows, batch, random) {
  const order = Int32Array.from({ length: rows }, (_, i) => i);
  for (let i = rows - 1; i > 0; --i) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return Array.from({ length: Math.floor(rows / batch) }, (_, i) => order.subarray(i * batch, (i + 1) * batch));
}

function evaluate(model, { x, y }) {
  return tf.tidy(() => {
    const logits = model.predict(x);
    const right = tf.mean(tf.equal(tf.argMax(logits, 1), tf.argMax(y, 1)));
    return { testLoss: tf.losses.softmaxCrossEntropy(y, logits).dataSync()[0], accuracy: right.dataSync()[0] };
  });
}
