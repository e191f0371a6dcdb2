import * as tf from '@tensorflow/tfjs';
import { drawSeed } from '../../tools/random.js';

export const layerCount = 2;
export const units = 96;

/** Stacked LSTM layers, then logits of the next character at every position of a sequence of any length. */
export function buildModel(classCount, random) {
  // Orthogonal, the default for LSTM, is slow to compute for matrices of this size.
  const glorot = () => tf.initializers.glorotUniform({ seed: drawSeed(random) });
  // A one-hot input selects one row of its kernel. With Glorot's range the rows are too alike at first to learn from.
  const distinctRows = () => tf.initializers.randomUniform({ minval: -1, maxval: 1, seed: drawSeed(random) });
  const model = tf.sequential();
  for (let i = 0; i < layerCount; ++i) {
    model.add(
      tf.layers.lstm({
        units,
        inputShape: i === 0 ? [null, classCount] : undefined,
        returnSequences: true,
        recurrentActivation: 'sigmoid',
        kernelInitializer: i === 0 ? distinctRows() : glorot(),
        recurrentInitializer: glorot(),
      }),
    );
  }
  model.add(tf.layers.timeDistributed({ layer: tf.layers.dense({ units: classCount, kernelInitializer: glorot() }) }));
  return model;
}

/** Mean cross-entropy of a batch of windows, in nats per character: a scalar. */
export function lossOf(model, windows) {
  return tf.tidy(() => {
    const width = windows[0].length;
    const classes = new Int32Array(windows.length * width);
    windows.forEach((window, i) => {
      classes.set(window, i * width);
    });
    const oneHot = toOneHot(model, classes, [windows.length, width]);
    const inputs = oneHot.slice([0, 0, 0], [-1, width - 1, -1]);
    const targets = oneHot.slice([0, 1, 0], [-1, width - 1, -1]);
    return tf.losses.softmaxCrossEntropy(targets, model.apply(inputs));
  });
}

/** Logits of the class that follows a sequence of classes. */
export function nextLogits(model, sequence) {
  return tf.tidy(() => {
    const logits = model.apply(toOneHot(model, Int32Array.from(sequence), [1, sequence.length]));
    return logits.slice([0, sequence.length - 1, 0]).dataSync();
  });
}

// Not an embedding: without the training kernels, wasm has none for its gradient. Its one-hot kernel only makes int32.
function toOneHot(model, classes, shape) {
  const classCount = model.outputs[0].shape.at(-1);
  return tf.oneHot(tf.tensor2d(classes, shape, 'int32'), classCount).toFloat();
}
