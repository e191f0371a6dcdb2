import type { Conv2DBackpropInputAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import convInputGradientPass from '../../build/kernels/conv-input-gradient.wasm';
import type { TrainingKernel } from './kernel.js';
import { addressOfGradient, conv2DInfo, margins, sizesOf, wholeVectors } from './windows.js';

/** The gradient of a convolution's input, and `conv2dTranspose`: tfjs's is a scalar loop. */
export const conv2DBackpropInput: TrainingKernel = {
  name: 'Conv2DBackpropInput',
  dtypes: ['float32'],
  modules: [convInputGradientPass],
  compute(
    { dy, filter }: Record<'dy' | 'filter', TensorInfo>,
    attrs: Conv2DBackpropInputAttrs,
    heap,
    { convInputGradient },
  ) {
    if (attrs.dataFormat !== 'NHWC') return null;
    const info = conv2DInfo(attrs.inputShape, filter.shape, attrs);
    const { inChannels, outHeight, outWidth, outChannels, filterHeight, filterWidth } = info;
    const { before, after } = margins(info);
    const gradient = addressOfGradient(dy, info, heap);
    if (gradient === null) return null;
    const dx = heap.output(info.inShape);
    const scratch = heap.scratch(
      filterHeight * filterWidth * outChannels * wholeVectors(inChannels) +
        4 +
        outHeight * (before + outWidth + after) * outChannels,
    );
    convInputGradient?.(gradient, heap.at(filter), heap.at(dx), scratch, ...sizesOf(info), before, after);
    return dx;
  },
};
