import { backend_util, slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Passes } from '../update/backends/instantiate.js';
import { copy, dtypes, modules } from './copy.js';
import type { Heap } from './heap.js';
import type { TrainingKernel } from './kernel.js';
import { type Dimension, stepsOf } from './strides.js';

/** A part of a tensor, of which alone it reads: tfjs copies all of the tensor first, for each part. */
function part(x: TensorInfo, begin: readonly number[], size: number[], heap: Heap, passes: Passes): TensorInfo {
  const out = heap.output(size, x.dtype);
  const [from, to] = [stepsOf(x.shape), stepsOf(size)];
  const start = begin.reduce((offset, at, i) => offset + at * (from[i] as number), heap.at(x));
  copy(
    passes,
    start,
    heap.at(out),
    size.map((n, i): Dimension => [n, from[i] as number, to[i] as number]),
  );
  return out;
}

/** The parts of a tensor along an axis, of these sizes. */
function parts(x: TensorInfo, axis: number, sizes: readonly number[], heap: Heap, passes: Passes): TensorInfo[] {
  const begin = new Array<number>(x.shape.length).fill(0);
  return sizes.map((n) => {
    const size = [...x.shape];
    size[axis] = n;
    const out = part(x, begin, size, heap, passes);
    begin[axis] = (begin[axis] as number) + n;
    return out;
  });
}

export const slice: TrainingKernel = {
  name: 'Slice',
  dtypes,
  modules,
  compute({ x }: { x: TensorInfo }, attrs: { begin: number | number[]; size: number | number[] }, heap, passes) {
    const [begin, size] = slice_util.parseSliceParams(x, attrs.begin, attrs.size) as [number[], number[]];
    return part(x, begin, size, heap, passes);
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
