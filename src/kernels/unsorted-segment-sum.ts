import { type TensorInfo, type UnsortedSegmentSumAttrs, util } from '@tensorflow/tfjs-core';
import segmentSumPass from '../../build/kernels/segment-sum.wasm';
import { mistake } from '../base/errors.js';
import type { TrainingKernel } from './kernel.js';

/** The gradient of `gather`, and so of an embedding, which tfjs lacks on `wasm`. */
export const unsortedSegmentSum: TrainingKernel = {
  name: 'UnsortedSegmentSum',
  dtypes: ['float32', 'int32'],
  modules: [segmentSumPass],
  compute(
    { x, segmentIds }: Record<'x' | 'segmentIds', TensorInfo>,
    { numSegments }: UnsortedSegmentSumAttrs,
    heap,
    { segmentSum },
  ) {
    const [n, ...inner] = x.shape;
    if (segmentIds.shape.length !== 1 || segmentIds.shape[0] !== n || segmentIds.dtype !== 'int32') {
      throw mistake(
        `segmentIds must be an int32 for each of the ${n} rows of x, got ${segmentIds.dtype} of ` +
          `shape [${segmentIds.shape}].`,
      );
    }
    // Its dtype is that of `cpu`, also for int32.
    const out = heap.output([numSegments, ...inner]);
    let values = heap.at(x);
    const size = util.sizeFromShape(x.shape);
    if (x.dtype === 'int32') {
      const ints = values >>> 0;
      values = heap.scratch(size); // before any view is made: the memory may grow
      new Float32Array(heap.memory.buffer, values, size).set(new Int32Array(heap.memory.buffer, ints, size));
    }
    segmentSum?.(values, heap.at(segmentIds), heap.at(out), n, util.sizeFromShape(inner), numSegments);
    return out;
  },
};
