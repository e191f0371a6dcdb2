import { reshape, type Tensor, tensor, type Variable } from '@tensorflow/tfjs-core';
import { isAlive } from './checks.js';

/**
 * A second reference to the tensor's buffer. Unlike a clone, which copies on wasm, it allocates nothing on any backend.
 * Nobody overwrites a buffer that several tensors share, so it keeps its values.
 */
export function share<T extends Tensor>(given: T): T {
  // The text of a saved list, in the list of a Lookahead around: not every backend can reshape it.
  if (given.dtype === 'string') return tensor(given.dataSync(), given.shape, 'string') as T;
  return reshape(given, given.shape) as T;
}

/**
 * Disposes a variable, unless `tf.disposeVariables()` did: disposed once more, it would take the name from a variable
 * that has it now, and the buffer from tensors that share it.
 */
export function release(variable: Variable): void {
  if (isAlive(variable)) variable.dispose();
}
