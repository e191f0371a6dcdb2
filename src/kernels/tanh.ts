import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import tanhPass from '../../build/kernels/tanh.wasm';
import type { TrainingKernel } from './kernel.js';

/** The activation of recurrent layers, a tenth of an LSTM's step: tfjs's has one element at a time, with branches. */
export const tanh: TrainingKernel = {
  name: 'Tanh',
  dtypes: ['float32'],
  modules: [tanhPass],
  compute({ x }: { x: TensorInfo }, _, heap, { tanh }) {
    const out = heap.output(x.shape);
    tanh?.(heap.at(x), heap.at(out), util.sizeFromShape(x.shape));
    return out;
  },
};
