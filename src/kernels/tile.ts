import type { TensorInfo } from '@tensorflow/tfjs-core';
import { copy, dtypes, modules } from './copy.js';
import type { TrainingKernel } from './kernel.js';
import { type Dimension, stepsOf } from './strides.js';

/** Repeats a tensor: each of its dimensions is one of the repetitions, along which it stays where it is, and one of its own. */
export const tile: TrainingKernel = {
  name: 'Tile',
  dtypes,
  modules,
  compute({ x }: { x: TensorInfo }, { reps }: { reps: number[] }, heap, passes) {
    const out = heap.output(
      x.shape.map((n, i) => n * (reps[i] as number)),
      x.dtype,
    );
    const [from, to] = [stepsOf(x.shape), stepsOf(out.shape)];
    const dimensions = x.shape.flatMap((n, i): Dimension[] => {
      const [step, toStep] = [from[i] as number, to[i] as number];
      return [
        [reps[i] as number, 0, n * toStep],
        [n, step, toStep],
      ];
    });
    copy(passes, heap.at(x), heap.at(out), dimensions);
    return out;
  },
};
