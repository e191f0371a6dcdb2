/** Sets of variables, as shapes, like those of different kinds of models. */

const [stem, ...channels] = [32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024];

/** A convolution's kernel and bias, and the four vectors of the batch normalization after it. */
const convolution = (shape, filters) => [shape, ...new Array(5).fill([filters])];

const dense = (inputs, units) => [[inputs, units], [units]];

/** The four gates side by side. */
const lstm = (inputs, units) => [[inputs, 4 * units], [units, 4 * units], [4 * units]];

const layerNormalization = (width) => [[width], [width]];

const transformerBlock = (width, hidden) => [
  ...layerNormalization(width),
  ...['query', 'key', 'value', 'output'].flatMap(() => dense(width, width)),
  ...layerNormalization(width),
  ...dense(width, hidden),
  ...dense(hidden, width),
];

export const sets = {
  'MLP 4-24-48-2': [...dense(4, 24), ...dense(24, 48), ...dense(48, 2)],
  'MLP 784-128-64-10': [...dense(784, 128), ...dense(128, 64), ...dense(64, 10)],
  'MobileNet-like': [
    ...convolution([3, 3, 3, stem], stem),
    ...channels.flatMap((output, i) => {
      const input = channels[i - 1] ?? stem;
      return [...convolution([3, 3, input, 1], input), ...convolution([1, 1, input, output], output)];
    }),
    ...dense(1024, 1000),
  ],
  'Stacked LSTM': [...lstm(96, 256), ...lstm(256, 256), ...dense(256, 96)],
  'Transformer block': transformerBlock(512, 2048),
  '500 tiny': new Array(500).fill([32]),
  'One of 16M': [[4096, 4096]],
};

export const sizeOf = (shape) => shape.reduce((product, dimension) => product * dimension, 1);

export const totalOf = (shapes) => shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
