import { backend_util, engine, type TensorInfo, util } from '@tensorflow/tfjs-core';
import matMulPass from '../../build/kernels/mat-mul.wasm';
import type { Passes } from '../update/backends/instantiate.js';
import type { Heap } from './heap.js';
import type { TrainingKernel } from './kernel.js';

interface Operands {
  a: TensorInfo;
  b: TensorInfo;
  bias?: TensorInfo;
}

interface Transposes {
  transposeA: boolean;
  transposeB: boolean;
}

/** In the loop of tfjs, which does all products but those of XNNPACK, a sum has blocks of so many terms. */
const BLOCK = 48;

function matricesIn({ shape }: TensorInfo): number {
  let count = 1;
  for (let i = shape.length - 3; i >= 0; --i) count *= shape[i] as number;
  return count;
}

const isPlainProduct = ({ a, b }: Operands, { transposeA, transposeB }: Transposes): boolean =>
  matricesIn(a) === 1 && matricesIn(b) === 1 && !transposeA && !transposeB;

/** Leaves a product to tfjs, which leaves a plain one to XNNPACK. */
function leave(operands: Operands, transposes: Transposes, heap: Heap): null {
  if (isPlainProduct(operands, transposes)) heap.forgetOtherShape(operands.b);
  return null;
}

/**
 * A product in the order of summation that it has in tfjs, and so with its bits. XNNPACK computes a plain product of two
 * matrices, tfjs's loop any other.
 *
 * A plain product is XNNPACK's where no gradient is taken: it keeps the weights in a layout of its own, for the next
 * call, and splits the work over threads. Where they are trained, they have changed by then, and the layout is in vain.
 */
function product(operands: Operands, transposes: Transposes, heap: Heap, { matMul }: Passes) {
  const { a, b, bias } = operands;
  const { transposeA, transposeB } = transposes;
  const [countA, countB] = [matricesIn(a), matricesIn(b)];
  const isPlain = isPlainProduct(operands, transposes);
  if (isPlain && engine().state.gradientDepth === 0) return null;

  const [ra, rb] = [a.shape.length, b.shape.length];
  const [M, K] = [a.shape[ra - (transposeA ? 1 : 2)] as number, a.shape[ra - (transposeA ? 2 : 1)] as number];
  const N = b.shape[rb - (transposeB ? 2 : 1)] as number;
  if (b.shape[rb - (transposeB ? 1 : 2)] !== K || K === 0) return null;

  const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const count = util.sizeFromShape(batch);
  // tfjs goes wrong where both are repeated. So does it with a bias in more than one block, or with threads of XNNPACK.
  if (count * M * N === 0 || (countA !== count && countA !== 1) || (countB !== count && countB !== 1)) return null;
  if (bias && !isPlain) return null;

  const out = heap.output([...batch, M, N]);
  const panel = heap.scratch(8 * (K + 4));
  const [pa, pb, pc, atBias] = [heap.at(a), heap.at(b), heap.at(out), bias ? heap.at(bias) : 0];
  const [aK, aM] = transposeA ? [4 * M, 4] : [4, 4 * K];
  const [bK, bN] = transposeB ? [4, 4 * K] : [4 * N, 4];
  for (let i = 0; i < count; ++i) {
    const atA = pa + (countA === 1 ? 0 : 4 * i * M * K);
    const atB = pb + (countB === 1 ? 0 : 4 * i * K * N);
    matMul?.(atA, atB, pc + 4 * i * M * N, M, N, K, aK, aM, bK, bN, isPlain ? K : BLOCK, atBias, panel);
  }
  return out;
}

const modules = [matMulPass];

/** The product of matrices. The gradients of every dense layer have it with a transposed operand. */
export const batchMatMul: TrainingKernel = {
  name: 'BatchMatMul',
  dtypes: ['float32'],
  modules,
  compute: (inputs: Operands, attrs: Transposes, heap, passes) =>
    product(inputs, attrs, heap, passes) ?? leave(inputs, attrs, heap),
};

/** The product with a bias, as a dense layer without an activation of its own has it. */
export const fusedMatMul: TrainingKernel = {
  name: '_FusedMatMul',
  dtypes: ['float32'],
  modules,
  compute(inputs: Operands, attrs: Transposes & { activation: string }, heap, passes) {
    const { b, bias } = inputs;
    const N = b.shape[b.shape.length - (attrs.transposeB ? 2 : 1)];
    const isLinear = attrs.activation === 'linear' && (!bias || (bias.shape.length === 1 && bias.shape[0] === N));
    return (isLinear ? product(inputs, attrs, heap, passes) : null) ?? leave(inputs, attrs, heap);
  },
};
