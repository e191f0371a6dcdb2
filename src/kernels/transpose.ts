import type { TensorInfo } from '@tensorflow/tfjs-core';
import { copy, dtypes, modules } from './copy.js';
import type { TrainingKernel } from './kernel.js';
import { type Dimension, stepsOf } from './strides.js';

export const transpose: TrainingKernel = {
  name: 'Transpose',
  dtypes,
  modules,
  compute({ x }: { x: TensorInfo }, { perm }: { perm: number[] }, heap, passes) {
    const shape = perm.map((from) => x.shape[from] as number);
    const moved = perm.filter((from) => x.shape[from] !== 1);
    if (moved.every((from, i) => i === 0 || from > (moved[i - 1] as number))) return heap.share(x, shape);
    const out = heap.output(shape, x.dtype);
    const [from, to] = [stepsOf(x.shape), stepsOf(shape)];
    const dimensions = perm.map((p, i): Dimension => [shape[i] as number, from[p] as number, to[i] as number]);
    copy(passes, heap.at(x), heap.at(out), dimensions);
    return out;
  },
};
