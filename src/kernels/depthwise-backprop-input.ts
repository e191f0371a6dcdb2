import type { DepthwiseConv2dNativeBackpropInputAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import depthwiseGradientsPass from '../../build/kernels/depthwise-gradients.wasm';
import type { TrainingKernel } from './kernel.js';
import { addressOfGradient, conv2DInfo, margins, misfit, sizesOf, wholeVectors } from './windows.js';

/** The gradient of a depthwise convolution's input, which tfjs lacks on `wasm`. */
export const depthwiseBackpropInput: TrainingKernel = {
  name: 'DepthwiseConv2dNativeBackpropInput',
  dtypes: ['float32'],
  modules: [depthwiseGradientsPass],
  compute(
    { dy, filter }: Record<'dy' | 'filter', TensorInfo>,
    attrs: DepthwiseConv2dNativeBackpropInputAttrs,
    heap,
    { depthwiseInputGradient },
  ) {
    const info = conv2DInfo(attrs.inputShape, filter.shape, attrs, true);
    const { inChannels, outHeight, outWidth, filterHeight, filterWidth, dilationHeight, dilationWidth } = info;
    const { before, after } = margins(info);
    const multiplier = filter.shape[3] as number;
    const gradient = addressOfGradient(dy, info, heap);
    if (gradient === null) throw misfit(dy, info);
    const dx = heap.output(info.inShape);
    const scratch = heap.scratch(
      wholeVectors(inChannels) * multiplier * (filterHeight * filterWidth + outHeight * (before + outWidth + after)),
    );
    depthwiseInputGradient?.(
      gradient,
      heap.at(filter),
      heap.at(dx),
      scratch,
      ...sizesOf(info),
      multiplier,
      dilationHeight,
      dilationWidth,
      before,
      after,
    );
    return dx;
  },
};
