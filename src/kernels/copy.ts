import type { DataType } from '@tensorflow/tfjs-core';
import copyPass from '../../build/kernels/copy.wasm';
import type { Passes } from '../update/backends/instantiate.js';
import { type Dimension, merged } from './strides.js';

/** The dtypes that a copy takes: their elements have four bytes. */
export const dtypes: readonly DataType[] = ['float32', 'int32'];

export const modules = [copyPass];

/**
 * Copies elements from one arrangement to another.
 *
 * @param dimensions of what is copied, each with its step in `from` and in `to`; the last has the step 4 in `to`.
 * @param from, to the byte addresses of the first element.
 */
export function copy(passes: Passes, from: number, to: number, dimensions: readonly Dimension[]): void {
  if (dimensions.some(([size]) => size === 0)) return;
  const walk = merged(dimensions);
  if (walk.at(-1)?.[2] !== 4) walk.push([1, 4, 4]);
  while (walk.length < 4) walk.unshift([1, 0, 0]);
  const [, fromStep] = walk.at(-1) as Dimension;
  // A dimension along which `from` lies in a row is next to the last, so that blocks are transposed.
  const inRow = fromStep === 4 || fromStep === 0 ? -1 : walk.findIndex(([, step]) => step === 4);
  if (inRow >= 0) walk.splice(-1, 0, ...walk.splice(inRow, 1));
  copyAll(passes, from, to, walk);
}

/** Copies runs of so many elements, whose first ones are these steps apart. */
export function copyRuns(
  { copy }: Passes,
  from: number,
  fromStep: number,
  to: number,
  toStep: number,
  runs: number,
  elements: number,
): void {
  copy?.(from, to, 1, 0, 0, 1, 0, 0, runs, fromStep, toStep, elements, 4);
}

function copyAll(passes: Passes, from: number, to: number, walk: readonly Dimension[]): void {
  if (walk.length === 4) {
    const [[n3, s3, d3], [n2, s2, d2], [n1, s1, d1], [n0, s0]] = walk as [Dimension, Dimension, Dimension, Dimension];
    passes.copy?.(from, to, n3, s3, d3, n2, s2, d2, n1, s1, d1, n0, s0);
    return;
  }
  const [[size, fromStep, toStep], ...rest] = walk as [Dimension, ...Dimension[]];
  for (let i = 0; i < size; ++i) copyAll(passes, from + i * fromStep, to + i * toStep, rest);
}
