import { type backend_util, type Conv2DAttrs, engine, type TensorInfo } from '@tensorflow/tfjs-core';
import convolutionPass from '../../build/kernels/convolution.wasm';
import type { TrainingKernel } from './kernel.js';
import { conv2DInfo, reach, sizesOf, wholeVectors } from './windows.js';

/** Whether XNNPACK, which computes the size of the output by itself, comes to the same as tfjs, which makes room for it. */
const xnnpackAgrees = (info: backend_util.Conv2DInfo) => {
  const { inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth, padInfo } =
    info;
  const { top, bottom, left, right, type } = padInfo;
  return (
    type === 'SAME' ||
    (outHeight === Math.floor((inHeight + top + bottom - filterHeight) / strideHeight) + 1 &&
      outWidth === Math.floor((inWidth + left + right - filterWidth) / strideWidth) + 1)
  );
};

/**
 * A convolution of which a gradient is taken. XNNPACK computes it for tfjs, and keeps the filter in a layout of its own for the
 * next call: where it is trained, it has changed by then.
 *
 * The bits are XNNPACK's. It pads by a rule of its own for `same`, which goes wrong where the stride is longer than the filter,
 * and that is left to it. Where the sizes of outputs differ, it would write beyond what tfjs has made for it, and so it is not
 * asked: that is where a padding is a number and rows and columns of the filter or the strides differ, or where
 * `dimRoundingMode` rounds up.
 */
export const conv2D: TrainingKernel = {
  name: 'Conv2D',
  dtypes: ['float32'],
  modules: [convolutionPass],
  compute({ x, filter }: Record<'x' | 'filter', TensorInfo>, attrs: Conv2DAttrs, heap, { convolution }) {
    if (attrs.dataFormat !== 'NHWC') return null;
    const info = conv2DInfo(x.shape, filter.shape, attrs);
    const { inChannels, outHeight, outWidth, outChannels } = info;
    const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = info;
    if (dilationHeight > 1 || dilationWidth > 1 || info.outShape.some((size) => size < 1) || inChannels === 0)
      return null;
    if (xnnpackAgrees(info)) {
      if (engine().state.gradientDepth === 0) return null;
      if (padInfo.type === 'SAME' && (filterHeight < strideHeight || filterWidth < strideWidth)) return null;
      if (inChannels === 1 && outChannels === 1) return null; // a depthwise one, which sums in another order
    }
    const y = heap.output(info.outShape);
    const pixels = reach(outHeight, strideHeight, filterHeight) * reach(outWidth, strideWidth, filterWidth);
    const scratch = heap.scratch(
      filterHeight * filterWidth * inChannels * wholeVectors(outChannels) + (pixels + 3 * strideWidth) * inChannels,
    );
    convolution?.(heap.at(x), heap.at(filter), heap.at(y), scratch, ...sizesOf(info));
    return y;
  },
};
