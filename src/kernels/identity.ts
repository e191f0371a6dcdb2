import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import type { TrainingKernel } from './kernel.js';

const dtypes: readonly DataType[] = ['float32', 'int32', 'bool'];

/**
 * `clone`, and what counts as one: shares the buffer, as tfjs's `cpu` does, where its `wasm` copies. A buffer that two
 * tensors refer to is never overwritten, so each keeps its values.
 */
export const identity: TrainingKernel = {
  name: 'Identity',
  dtypes,
  modules: [],
  compute: ({ x }: { x: TensorInfo }, _, heap) => heap.share(x, x.shape),
};

/** A cast to the dtype that the tensor has. */
export const cast: TrainingKernel = {
  name: 'Cast',
  dtypes,
  modules: [],
  compute: ({ x }: { x: TensorInfo }, { dtype }: { dtype: DataType }, heap) =>
    x.dtype === dtype ? heap.share(x, x.shape) : null,
};
