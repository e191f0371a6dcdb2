import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * A tensor with the name to save it under, as `tf.io.encodeWeights` takes them.
 *
 * @example
 * const weights: NamedTensor[] = lookahead.getWeights();
 * const { data, specs } = await tf.io.encodeWeights(weights);
 */
export interface NamedTensor {
  /** Unique in a list. */
  name: string;
  /** Of any shape and dtype. */
  tensor: Tensor;
}
