import * as tf from '@tensorflow/tfjs';

/**
 * Weight drop (Merity, Keskar, Socher 2017): DropConnect on the recurrent kernels. Entries that are kept are scaled up,
 * so that evaluation can use the kernels as they are.
 */
export function drawMasks({ layers }, share, random) {
  return layers.map(({ recurrentKernel: { shape, size } }) => {
    const values = Float32Array.from({ length: size }, () => (random() < share ? 0 : 1 / (1 - share)));
    return tf.tensor2d(values, shape);
  });
}
