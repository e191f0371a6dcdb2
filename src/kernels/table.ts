import { add, multiply, realDiv, squaredDifference, sub } from './arithmetic.js';
import { concat, pack } from './concat.js';
import { cast, identity } from './identity.js';
import type { TrainingKernel } from './kernel.js';
import { batchMatMul, fusedMatMul } from './mat-mul.js';
import { slice, splitV, unpack } from './slice.js';
import { mean, sum } from './sum.js';
import { tile } from './tile.js';
import { transpose } from './transpose.js';

/** Which kernels of tfjs are replaced or added, and the file of each. */
export const trainingKernels: readonly TrainingKernel[] = [
  batchMatMul,
  fusedMatMul,
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
];
