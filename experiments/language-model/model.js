import * as tf from '@tensorflow/tfjs';
import { matMul } from './mat-mul.js';

/**
 * Stacked LSTM layers, then logits of the next character, as functions of their own variables. The recurrent kernel of
 * a TensorFlow.js layer cannot be masked, and such a layer takes three times as long.
 */
export function makeModel({ classCount, units, layerCount, random }) {
  const uniform = (shape, limit) => {
    const values = Float32Array.from({ length: shape[0] * shape[1] }, () => limit * (2 * random() - 1));
    return tf.variable(tf.tensor2d(values, shape));
  };
  const glorot = (rows, columns) => uniform([rows, columns], Math.sqrt(6 / (rows + columns)));
  return tf.tidy(() => {
    const layers = Array.from({ length: layerCount }, (_, i) => ({
      // A one-hot input selects one row. With Glorot's range the rows are too alike at first to learn from.
      kernel: i === 0 ? uniform([classCount, 4 * units], 1) : glorot(units, 4 * units),
      recurrentKernel: glorot(units, 4 * units),
      bias: tf.variable(forgetBias(units)),
    }));
    const output = { kernel: glorot(units, classCount), bias: tf.variable(tf.zeros([classCount])) };
    const variables = [...layers, output].flatMap((layer) => Object.values(layer));
    return { classCount, units, layers, output, variables, dispose: () => tf.dispose(variables) };
  });
}

/** The order of the gates is that of TensorFlow.js: input, forget, candidate, output. The forget gate starts open. */
const forgetBias = (units) => tf.tensor1d([0, 1, 0, 0].flatMap((bias) => new Array(units).fill(bias)));

/**
 * Mean cross-entropy of a batch of windows, in nats per character: a scalar.
 *
 * @param masks for the recurrent kernels, with weight drop in training: the same for all positions of all windows.
 */
export function lossOf(model, windows, masks) {
  return tf.tidy(() => {
    const places = windows[0].length - 1;
    const oneHot = (offset) => {
      const classes = new Int32Array(places * windows.length);
      for (let place = 0; place < places; ++place) {
        windows.forEach((window, i) => {
          classes[place * windows.length + i] = window[place + offset];
        });
      }
      return tf.cast(tf.oneHot(tf.tensor1d(classes, 'int32'), model.classCount), 'float32');
    };
    const hidden = model.layers.reduce(
      (inputs, layer, i) => recur(model.units, layer, inputs, places, masks?.[i]),
      oneHot(0),
    );
    const logits = tf.add(matMul(hidden, model.output.kernel), model.output.bias);
    return tf.losses.softmaxCrossEntropy(oneHot(1), logits);
  });
}

/**
 * One layer over all positions. The rows of a position, one for each window, are below those of the position before.
 */
function recur(units, { kernel, recurrentKernel, bias }, inputs, places, mask) {
  const recurrent = mask ? tf.mul(recurrentKernel, mask) : recurrentKernel;
  const projected = tf.split(tf.add(matMul(inputs, kernel), bias), places);
  let hidden = tf.zeros([projected[0].shape[0], units]);
  let cell = hidden;
  const all = projected.map((projection) => {
    const [input, forget, candidate, output] = tf.split(tf.add(projection, matMul(hidden, recurrent)), 4, 1);
    cell = tf.add(tf.mul(tf.sigmoid(forget), cell), tf.mul(tf.sigmoid(input), tf.tanh(candidate)));
    hidden = tf.mul(tf.sigmoid(output), tf.tanh(cell));
    return hidden;
  });
  return tf.concat(all);
}
