import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import arithmeticPass from '../../build/kernels/arithmetic.wasm';
import type { Passes } from '../update/backends/instantiate.js';
import type { TrainingKernel } from './kernel.js';
import { type Dimension, merged } from './strides.js';

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
      const walk = merged(broadcast(a.shape, b.shape, shape.length));
      while (walk.length < 2) walk.unshift(walk.length === 0 ? [1, 4, 4] : [1, 0, 0]);
      each(pass, heap.at(a), heap.at(b), heap.at(out), walk);
      return out;
    },
  };
}

/** The dimensions of the result, in which one that is broadcast has the step 0. */
function broadcast(a: readonly number[], b: readonly number[], rank: number): Dimension[] {
  const dimensions = new Array<Dimension>(rank);
  let [stepA, stepB] = [4, 4];
  for (let i = 1; i <= rank; ++i) {
    const [sizeA, sizeB] = [a[a.length - i] ?? 1, b[b.length - i] ?? 1];
    dimensions[rank - i] = [Math.max(sizeA, sizeB), sizeA === 1 ? 0 : stepA, sizeB === 1 ? 0 : stepB];
    stepA *= sizeA;
    stepB *= sizeB;
  }
  return dimensions;
}

/** @returns the address after what it has written. */
function each(pass: Pass, a: number, b: number, out: number, walk: readonly Dimension[]): number {
  const [[size, stepA, stepB], ...rest] = walk as [Dimension, ...Dimension[]];
  if (rest.length === 1) {
    const [[columns, columnA, columnB]] = rest as [Dimension];
    pass(a, b, out, size, columns, stepA, columnA, stepB, columnB);
    return out + 4 * size * columns;
  }
  let to = out;
  for (let i = 0; i < size; ++i) to = each(pass, a + i * stepA, b + i * stepB, to, rest);
  return to;
}

export const add = /*#__PURE__*/ elementwise('Add', 'add');
export const sub = /*#__PURE__*/ elementwise('Sub', 'sub');
export const multiply = /*#__PURE__*/ elementwise('Multiply', 'multiply');
export const realDiv = /*#__PURE__*/ elementwise('RealDiv', 'realDiv');
export const squaredDifference = /*#__PURE__*/ elementwise('SquaredDifference', 'squaredDifference');
