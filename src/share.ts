import { reshape, type Tensor } from '@tensorflow/tfjs-core';

/**
 * A second reference to the tensor's buffer. Unlike a clone, which copies on wasm, it allocates nothing on any
 * backend, and as no buffer is written that several tensors refer to, it keeps its values.
 */
export function share<T extends Tensor>(tensor: T): T {
  return reshape(tensor, tensor.shape) as T;
}
