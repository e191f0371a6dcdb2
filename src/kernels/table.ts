import { identity } from './identity.js';
import type { TrainingKernel } from './kernel.js';
import { batchMatMul, fusedMatMul } from './mat-mul.js';

/** Which kernels of tfjs are replaced or added, and the file of each. */
export const trainingKernels: readonly TrainingKernel[] = [batchMatMul, fusedMatMul, identity];
