/** Sets of variables, as shapes: what models of different kinds give an optimizer. */

const [stem, ...channels] = [32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024];

/** A convolution's kernel and bias, and the four vectors of the batch normalization behind it. */
const convolution = (shape, filters) => [shape, ...new Array(5).fill([filters])];

export const sets = {
  'MLP 784-128-64-10': [[784, 128], [128], [128, 64], [64], [64, 10], [10]],
  'MobileNet-like': [
    ...convolution([3, 3, 3, stem], stem),
    ...channels.flatMap((output, i) => {
      const input = channels[i - 1] ?? stem;
      return [...convolution([3, 3, input, 1], input), ...convolution([1, 1, input, output], output)];
    }),
    [1024, 1000],
    [1000],
  ],
  '500 tiny': new Array(500).fill([32]),
};

export const sizeOf = (shape) => shape.reduce((product, dimension) => product * dimension, 1);
