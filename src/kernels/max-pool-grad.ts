import { backend_util, type MaxPoolGradAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import finite from '../../build/finite.wasm';
import maxPoolGradient from '../../build/kernels/max-pool-gradient.wasm';
import type { TrainingKernel } from './kernel.js';

/**
 * The gradient of max pooling. tfjs has it on `wasm` since 4.5 and computes five offsets and a division for each element; there
 * its bits are kept, its choice among equal values too, and that it drops the gradient of a window without a positive value.
 * Before that the first maximum is taken, as on `cpu`.
 */
export const maxPoolGrad: TrainingKernel = {
  name: 'MaxPoolGrad',
  dtypes: ['float32'],
  modules: [maxPoolGradient, finite],
  compute(
    { dy, input: x }: Record<'dy' | 'input', TensorInfo>,
    attrs: MaxPoolGradAttrs,
    heap,
    { maxPoolGradient, finite },
    own,
  ) {
    const { filterSize, strides, pad, dimRoundingMode } = attrs;
    const info = backend_util.computePool2DInfo(
      x.shape as [number, number, number, number],
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    if (dy.shape.some((size, i) => size !== info.outShape[i])) return null;
    // tfjs's own multiplies each dy by 0 or 1, so that one which is not finite leaves NaN all over its window.
    if (own && !finite?.(heap.at(dy), util.sizeFromShape(dy.shape))) return null;
    const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth, padInfo } = info;
    const dx = heap.output(x.shape);
    maxPoolGradient?.(
      heap.at(x),
      heap.at(dy),
      heap.at(dx),
      batchSize,
      inHeight,
      inWidth,
      inChannels,
      outHeight,
      outWidth,
      info.effectiveFilterHeight,
      info.effectiveFilterWidth,
      strideHeight,
      strideWidth,
      padInfo.top,
      padInfo.left,
      own ? 0 : 1,
    );
    return dx;
  },
};
