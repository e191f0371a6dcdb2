import type { DepthwiseConv2dNativeBackpropFilterAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import depthwiseGradientsPass from '../../build/kernels/depthwise-gradients.wasm';
import type { TrainingKernel } from './kernel.js';
import { addressOfGradient, conv2DInfo, misfit, reach, sizesOf, wholeVectors } from './windows.js';

/** The gradient of a depthwise convolution's filter, which tfjs lacks on `wasm`. */
export const depthwiseBackpropFilter: TrainingKernel = {
  name: 'DepthwiseConv2dNativeBackpropFilter',
  dtypes: ['float32'],
  modules: [depthwiseGradientsPass],
  compute(
    { x, dy }: Record<'x' | 'dy', TensorInfo>,
    attrs: DepthwiseConv2dNativeBackpropFilterAttrs,
    heap,
    { depthwiseFilterGradient },
  ) {
    const info = conv2DInfo(x.shape, attrs.filterShape, attrs, true);
    const { outHeight, outWidth, outChannels, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
    const { effectiveFilterHeight, effectiveFilterWidth } = info;
    const gradient = addressOfGradient(dy, info, heap);
    if (gradient === null) throw misfit(dy, info);
    const dw = heap.output(attrs.filterShape);
    const pixels =
      reach(outHeight, strideHeight, effectiveFilterHeight) * reach(outWidth, strideWidth, effectiveFilterWidth) +
      outHeight * outWidth;
    const scratch = heap.scratch(pixels * wholeVectors(outChannels));
    depthwiseFilterGradient?.(
      heap.at(x),
      gradient,
      heap.at(dw),
      scratch,
      ...sizesOf(info),
      attrs.filterShape[3],
      dilationHeight,
      dilationWidth,
    );
    return dw;
  },
};
