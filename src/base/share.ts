import { reshape, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { isAlive } from './checks.js';

/**
 * A second reference to the tensor's buffer. Unlike a clone, which copies on wasm, it allocates nothing on any backend.
 * Nobody overwrites a buffer that several tensors share, so it keeps its values.
 */
export function share<T extends Tensor>(tensor: T): T {
  return reshape(tensor, tensor.shape) as T;
}

/**
 * Disposes a variable, unless `tf.disposeVariables()` did: disposed once more, it would take the name from a variable
 * that has it now, and the buffer from tensors that share it.
 */
export function release(variable: Variable): void {
  if (isAlive(variable)) variable.dispose();
}
