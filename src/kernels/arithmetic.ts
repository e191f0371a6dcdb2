import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import arithmeticPass from '../../build/kernels/arithmetic.wasm';
import type { Passes } from '../update/backends/instantiate.js';
import type { TrainingKernel } from './kernel.js';
import { type Dimension, merged, stepsOf } from './strides.js';

const modules = [arithmeticPass];

type Pass = Passes[string];

/** An operation on two tensors, of which either may be broadcast. What it saves is not the arithmetic but the call. */
function elementwise(name: string, passName: string): TrainingKernel {
  return {
    name,
    dtypes: ['float32'],
    modules,
    compute({ a, b }: { a: TensorInfo; b: TensorInfo }, _, heap, passes) {
      const pass = passes[passName] as Pass;
      if (util.arraysEqual(a.shape, b.shape)) {
        const out = heap.output(a.shape);
        pass(heap.at(a), heap.at(b), heap.at(out), 1, util.sizeFromShape(a.shape), 0, 4, 0, 4);
        return out;
      }
      const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
      const out = heap.output(shape);
      if (shape.includes(0)) return out;
      const [stepsA, stepsB] = [broadcastSteps(a.shape, shape), broadcastSteps(b.shape, shape)];
      const dimensions = shape.map((n, i): Dimension => [n, stepsA[i] as number, stepsB[i] as number]);
      const walk = merged(dimensions);
      while (walk.length < 2) walk.unshift(walk.length === 0 ? [1, 4, 4] : [1, 0, 0]);
      each(pass, heap.at(a), heap.at(b), heap.at(out), walk);
      return out;
    },
  };
}

function broadcastSteps(shape: readonly number[], to: readonly number[]): number[] {
  const steps = stepsOf(shape).map((step, i) => (shape[i] === 1 ? 0 : step));
  return [...new Array<number>(to.length - shape.length).fill(0), ...steps];
}

/** @returns the address after what it has written. */
function each(pass: Pass, a: number, b: number, out: number, walk: readonly Dimension[]): number {
  const [[size, stepA, stepB], ...rest] = walk as [[number, number, number], ...[number, number, number][]];
  if (rest.length === 1) {
    const [[columns, columnA, columnB]] = rest as [[number, number, number]];
    pass(a, b, out, size, columns, stepA, columnA, stepB, columnB);
    return out + 4 * size * columns;
  }
  let to = out;
  for (let i = 0; i < size; ++i) to = each(pass, a + i * stepA, b + i * stepB, to, rest);
  return to;
}

export const add = elementwise('Add', 'add');
export const sub = elementwise('Sub', 'sub');
export const multiply = elementwise('Multiply', 'multiply');
export const realDiv = elementwise('RealDiv', 'realDiv');
export const squaredDifference = elementwise('SquaredDifference', 'squaredDifference');
