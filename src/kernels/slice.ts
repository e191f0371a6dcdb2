import { backend_util, slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Passes } from '../update/backends/instantiate.js';
import { copy, copyRuns, dtypes, modules } from './copy.js';
import type { Heap } from './heap.js';
import type { TrainingKernel } from './kernel.js';
import { type Dimension, stepsOf } from './strides.js';

/** The parts of a tensor along an axis, of these sizes. */
function parts(x: TensorInfo, axis: number, sizes: readonly number[], heap: Heap, passes: Passes): TensorInfo[] {
  const rows = util.sizeFromShape(x.shape.slice(0, axis));
  const inner = util.sizeFromShape(x.shape.slice(axis + 1));
  const step = 4 * (x.shape[axis] as number) * inner;
  let from = heap.at(x);
  return sizes.map((n) => {
    const shape = [...x.shape];
    shape[axis] = n;
    const out = heap.output(shape, x.dtype);
    copyRuns(passes, from, step, heap.at(out), 4 * n * inner, rows, n * inner);
    from += 4 * n * inner;
    return out;
  });
}

/** A part of a tensor, of which alone it reads: tfjs copies all of the tensor first, for each part. */
export const slice: TrainingKernel = {
  name: 'Slice',
  dtypes,
  modules,
  compute({ x }: { x: TensorInfo }, attrs: { begin: number | number[]; size: number | number[] }, heap, passes) {
    const [begin, size] = slice_util.parseSliceParams(x, attrs.begin, attrs.size) as [number[], number[]];
    const out = heap.output(size, x.dtype);
    const [from, to] = [stepsOf(x.shape), stepsOf(size)];
    const start = begin.reduce((offset, at, i) => offset + at * (from[i] as number), heap.at(x));
    const dimensions = size.map((n, i): Dimension => [n, from[i] as number, to[i] as number]);
    copy(passes, start, heap.at(out), dimensions);
    return out;
  },
};

export const splitV: TrainingKernel = {
  name: 'SplitV',
  dtypes,
  modules,
  compute({ x }: { x: TensorInfo }, attrs: { numOrSizeSplits: number | number[]; axis: number }, heap, passes) {
    const [axis] = util.parseAxisParam(attrs.axis, x.shape) as [number];
    // It wants a tensor, and reads the shape alone.
    const sizes = backend_util.prepareSplitSize(
      x as Parameters<typeof backend_util.prepareSplitSize>[0],
      attrs.numOrSizeSplits,
      axis,
    );
    return parts(x, axis, sizes, heap, passes);
  },
};

export const unpack: TrainingKernel = {
  name: 'Unpack',
  dtypes,
  modules,
  compute({ value }: { value: TensorInfo }, attrs: { axis: number }, heap, passes) {
    const [axis] = util.parseAxisParam(attrs.axis, value.shape) as [number];
    const ones = new Array<number>(value.shape[axis] as number).fill(1);
    const shape = value.shape.filter((_, i) => i !== axis);
    return parts(value, axis, ones, heap, passes).map(({ dataId, dtype }) => ({ dataId, dtype, shape }));
  },
};
