import { add, multiply, realDiv, squaredDifference, sub } from './arithmetic.js';
import { concat, pack } from './concat.js';
import { conv2D } from './conv2d.js';
import { conv2DBackpropFilter } from './conv2d-backprop-filter.js';
import { conv2DBackpropInput } from './conv2d-backprop-input.js';
import { depthwiseBackpropFilter } from './depthwise-backprop-filter.js';
import { depthwiseBackpropInput } from './depthwise-backprop-input.js';
import { cast, identity } from './identity.js';
import type { TrainingKernel } from './kernel.js';
import { batchMatMul, fusedMatMul } from './mat-mul.js';
import { maxPoolGrad } from './max-pool-grad.js';
import { slice, splitV, unpack } from './slice.js';
import { mean, sum } from './sum.js';
import { tanh } from './tanh.js';
import { tile } from './tile.js';
import { transpose } from './transpose.js';
import { unsortedSegmentSum } from './unsorted-segment-sum.js';

/** Which kernels of tfjs are replaced or added, and the file of each. */
export const trainingKernels: readonly TrainingKernel[] = [
  // Missing in tfjs.
  conv2DBackpropFilter,
  depthwiseBackpropFilter,
  depthwiseBackpropInput,
  unsortedSegmentSum,
  // Replaced, with tfjs's bits.
  batchMatMul,
  fusedMatMul,
  conv2D,
  conv2DBackpropInput,
  maxPoolGrad,
  slice,
  splitV,
  unpack,
  concat,
  pack,
  tile,
  transpose,
  identity,
  cast,
  add,
  sub,
  multiply,
  realDiv,
  squaredDifference,
  sum,
  mean,
  tanh,
];
