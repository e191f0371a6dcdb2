import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { mistake } from '../base/errors.js';
import type { Heap } from './heap.js';

type Conv2DInfo = backend_util.Conv2DInfo;

/** The arguments of `computeConv2DInfo` of tfjs that follow the shapes, as the attributes of its kernels have them. */
export interface Windows {
  strides: Parameters<typeof backend_util.computeConv2DInfo>[2];
  dilations?: Parameters<typeof backend_util.computeConv2DInfo>[3];
  pad: Parameters<typeof backend_util.computeConv2DInfo>[4];
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * The sizes of a convolution, all NHWC, as tfjs's kernels compute them.
 *
 * For a padding that is a number tfjs computes the width of the output with the height and the stride of the filter's rows
 * alone, so the windows may end before the padding does, or reach beyond it: never rely on the two being the same.
 */
export function conv2DInfo(
  xShape: readonly number[],
  filterShape: readonly number[],
  { strides, dilations = 1, pad, dimRoundingMode }: Windows,
  depthwise = false,
): Conv2DInfo {
  return backend_util.computeConv2DInfo(
    xShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
}

/** The sizes in the order in which the passes of a convolution take them. */
export const sizesOf = ({ padInfo, ...info }: Conv2DInfo): number[] => [
  ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels],
  ...[info.outHeight, info.outWidth, info.outChannels],
  ...[info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth],
  ...[padInfo.top, padInfo.left],
];

/**
 * The address of the gradient of an output, of its very shape. tfjs forgets `dimRoundingMode` when it takes a gradient, so that
 * dy may have a row or a column more than the convolution that is computed from its attributes. It then leaves these out.
 *
 * @returns null where dy lacks some: to read it would be to read what lies beyond it.
 */
export function addressOfGradient(dy: TensorInfo, { outShape }: Conv2DInfo, heap: Heap): number | null {
  if (dy.shape.every((size, i) => size === outShape[i])) return heap.at(dy);
  const [batch, height, width, channels] = outShape;
  const [, dyHeight, dyWidth] = dy.shape as [number, number, number, number];
  if (dy.shape[0] !== batch || dy.shape[3] !== channels || dyHeight < height || dyWidth < width) return null;
  const address = heap.scratch(batch * height * width * channels);
  const from = new Float32Array(heap.memory.buffer, heap.at(dy) >>> 0, util.sizeFromShape(dy.shape));
  const to = new Float32Array(heap.memory.buffer, address, batch * height * width * channels);
  for (let row = 0; row < batch * height; ++row) {
    const start = (Math.floor(row / height) * dyHeight + (row % height)) * dyWidth * channels;
    to.set(from.subarray(start, start + width * channels), row * width * channels);
  }
  return address;
}

/** The error of a kernel that tfjs lacks where dy is too small. */
export const misfit = (dy: TensorInfo, { inShape, filterShape, outShape }: Conv2DInfo) =>
  mistake(
    `dy has shape [${dy.shape}], but the convolution of [${inShape}] with a filter of [${filterShape}] has an ` +
      `output of [${outShape}]. Check its strides and padding, or the outputShape of conv2dTranspose.`,
  );

/**
 * By how many columns the windows of an input gradient begin before those of dy, and end after them. Position x of the input
 * is in the windows from (x + left - filterWidth + 1) / stride to (x + left) / stride. Passes compute four positions at once,
 * so three more columns follow.
 */
export function margins({ inWidth, outWidth, effectiveFilterWidth, strideWidth, padInfo }: Conv2DInfo) {
  const first = -Math.floor((effectiveFilterWidth - 1 - padInfo.left) / strideWidth);
  const last = Math.floor((inWidth - 1 + padInfo.left) / strideWidth);
  return { before: Math.max(0, -first), after: Math.max(0, last - outWidth + 1) + 3 };
}

/** n, or the next multiple of 4: passes compute with whole vectors. */
export const wholeVectors = (n: number): number => Math.ceil(n / 4) * 4;

/** How many pixels the windows of an image reach over, along one axis. */
export const reach = (windows: number, stride: number, filter: number): number =>
  Math.max(0, (windows - 1) * stride + filter);
