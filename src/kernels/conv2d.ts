import { type Conv2DAttrs, engine, type TensorInfo } from '@tensorflow/tfjs-core';
import shared from '../../build/kernels/convolution.threads.wasm';
import unshared from '../../build/kernels/convolution.wasm';
import type { TrainingKernel } from './kernel.js';
import { conv2DInfo, reach, wholeVectors } from './windows.js';

/**
 * A convolution of which a gradient is taken. XNNPACK computes it for tfjs, and keeps the filter in a layout of its own for the
 * next call: where it is trained, it has changed by then.
 *
 * The bits are XNNPACK's. It pads by a rule of its own for `same`, which goes wrong where the stride is longer than the filter,
 * and that is left to it. Where a padding is a number and rows and columns differ, it writes beyond the output that tfjs has
 * made for it, and so it is never asked.
 */
export const conv2D: TrainingKernel = {
  name: 'Conv2D',
  dtypes: ['float32'],
  modules: [{ unshared, shared }],
  compute({ x, filter }: Record<'x' | 'filter', TensorInfo>, attrs: Conv2DAttrs, heap, { convolution }) {
    if (engine().state.gradientDepth === 0 || attrs.dataFormat !== 'NHWC') return null;
    const info = conv2DInfo('Conv2D', x.shape, filter.shape, undefined, attrs);
    const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
    const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = info;
    if (dilationHeight > 1 || dilationWidth > 1 || info.outShape.includes(0) || inChannels === 0) return null;
    if (inChannels === 1 && outChannels === 1) return null; // XNNPACK computes it as a depthwise one, in another order.
    if (padInfo.type === 'SAME' && (filterHeight < strideHeight || filterWidth < strideWidth)) return null;
    const y = heap.output(info.outShape);
    const pixels = reach(outHeight, strideHeight, filterHeight) * reach(outWidth, strideWidth, filterWidth);
    const scratch = heap.scratch(
      filterHeight * filterWidth * inChannels * wholeVectors(outChannels) + (pixels + 3 * strideWidth) * inChannels,
    );
    convolution?.(
      heap.at(x),
      heap.at(filter),
      heap.at(y),
      scratch,
      batchSize,
      inHeight,
      inWidth,
      inChannels,
      outHeight,
      outWidth,
      outChannels,
      filterHeight,
      filterWidth,
      strideHeight,
      strideWidth,
      padInfo.top,
      padInfo.left,
    );
    return y;
  },
};
