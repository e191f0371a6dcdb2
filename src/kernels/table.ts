import { conv2D } from './conv2d.js';
import { conv2DBackpropFilter } from './conv2d-backprop-filter.js';
import { conv2DBackpropInput } from './conv2d-backprop-input.js';
import { depthwiseBackpropFilter } from './depthwise-backprop-filter.js';
import { depthwiseBackpropInput } from './depthwise-backprop-input.js';
import { identity } from './identity.js';
import type { TrainingKernel } from './kernel.js';
import { batchMatMul, fusedMatMul } from './mat-mul.js';
import { maxPoolGrad } from './max-pool-grad.js';
import { unsortedSegmentSum } from './unsorted-segment-sum.js';

/** Which kernels of tfjs are replaced or added, and the file of each. */
export const trainingKernels: readonly TrainingKernel[] = [
  batchMatMul,
  conv2D,
  conv2DBackpropFilter,
  conv2DBackpropInput,
  depthwiseBackpropFilter,
  depthwiseBackpropInput,
  fusedMatMul,
  identity,
  maxPoolGrad,
  unsortedSegmentSum,
];
