import type { Conv2DBackpropFilterAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import convFilterGradientPass from '../../build/kernels/conv-filter-gradient.wasm';
import { mistake } from '../base/errors.js';
import type { TrainingKernel } from './kernel.js';
import { addressOfGradient, conv2DInfo, misfit, reach, sizesOf, wholeVectors } from './windows.js';

/** The gradient of a convolution's filter, which tfjs lacks on `wasm`. */
export const conv2DBackpropFilter: TrainingKernel = {
  name: 'Conv2DBackpropFilter',
  dtypes: ['float32'],
  modules: [convFilterGradientPass],
  compute({ x, dy }: Record<'x' | 'dy', TensorInfo>, attrs: Conv2DBackpropFilterAttrs, heap, { convFilterGradient }) {
    if (attrs.dataFormat !== 'NHWC') {
      throw mistake(
        `the wasm backend has no convolution of dataFormat ${attrs.dataFormat}. Use NHWC, or ` +
          "another backend: await tf.setBackend('cpu').",
      );
    }
    const info = conv2DInfo(x.shape, attrs.filterShape, attrs);
    const { inChannels, outHeight, outWidth, outChannels, filterHeight, filterWidth, strideHeight, strideWidth } = info;
    const gradient = addressOfGradient(dy, info, heap);
    if (gradient === null) throw misfit(dy, info);
    const dw = heap.output(attrs.filterShape);
    const scratch = heap.scratch(
      reach(outHeight, strideHeight, filterHeight) * reach(outWidth, strideWidth, filterWidth) * inChannels +
        4 +
        outHeight * outWidth * wholeVectors(outChannels),
    );
    convFilterGradient?.(heap.at(x), gradient, heap.at(dw), scratch, ...sizesOf(info));
    return dw;
  },
};
