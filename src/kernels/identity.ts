import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { TrainingKernel } from './kernel.js';

/**
 * `clone`, and what counts as one: shares the buffer, as tfjs's `cpu` does, where its `wasm` copies. A buffer that two
 * tensors refer to is never overwritten, so each keeps its values.
 */
export const identity: TrainingKernel = {
  name: 'Identity',
  dtypes: ['float32', 'int32', 'bool'],
  modules: [],
  compute: ({ x }: { x: TensorInfo }, _, heap) => heap.share(x, x.shape),
};
