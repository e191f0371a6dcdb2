import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Passes } from '../update/backends/instantiate.js';
import { copyRuns, dtypes, modules } from './copy.js';
import type { Heap } from './heap.js';
import type { TrainingKernel } from './kernel.js';

/** Puts tensors side by side: each has `rows` runs of its own, which go to a tensor of this shape. */
function join(xs: readonly TensorInfo[], rows: number, shape: number[], heap: Heap, passes: Passes): TensorInfo {
  const out = heap.output(shape, xs[0]?.dtype);
  if (rows === 0) return out;
  const step = (4 * util.sizeFromShape(shape)) / rows;
  let to = heap.at(out);
  for (const x of xs) {
    const run = util.sizeFromShape(x.shape) / rows;
    copyRuns(passes, heap.at(x), 4 * run, to, step, rows, run);
    to += 4 * run;
  }
  return out;
}

const areAlike = (xs: readonly TensorInfo[]): boolean => xs.every(({ dtype }) => dtype === xs[0]?.dtype);

export const concat: TrainingKernel = {
  name: 'Concat',
  dtypes,
  modules,
  compute(xs: TensorInfo[], attrs: { axis: number }, heap, passes) {
    if (!areAlike(xs)) return null;
    const shapes = xs.map(({ shape }) => shape);
    const [axis] = util.parseAxisParam(attrs.axis, shapes[0] as number[]) as [number];
    backend_util.assertParamsConsistent(shapes, axis);
    const shape = backend_util.computeOutShape(shapes, axis);
    return join(xs, util.sizeFromShape(shape.slice(0, axis)), shape, heap, passes);
  },
};

export const pack: TrainingKernel = {
  name: 'Pack',
  dtypes,
  modules,
  compute(xs: TensorInfo[], attrs: { axis: number }, heap, passes) {
    const shape = [...(xs[0] as TensorInfo).shape];
    if (!areAlike(xs) || xs.some((x) => !util.arraysEqual(x.shape, shape))) return null;
    const axis = attrs.axis < 0 ? attrs.axis + shape.length + 1 : attrs.axis;
    const rows = util.sizeFromShape(shape.slice(0, axis));
    shape.splice(axis, 0, xs.length);
    return join(xs, rows, shape, heap, passes);
  },
};
