import { backend_util } from '@tensorflow/tfjs-core';

type Conv2DInfo = backend_util.Conv2DInfo;

/** What `computeConv2DInfo` of tfjs takes, after the shapes, as the attributes of its kernels have it. */
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
 *
 * @param dyShape of the gradient of the output; undefined where there is none.
 * @throws Error if `dy` has another shape: to read it would be to read what lies beyond it.
 */
export function conv2DInfo(
  kernel: string,
  xShape: readonly number[],
  filterShape: readonly number[],
  dyShape: readonly number[] | undefined,
  { strides, dilations = 1, pad, dimRoundingMode }: Windows,
  depthwise = false,
): Conv2DInfo {
  const info = backend_util.computeConv2DInfo(
    xShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
  if (dyShape?.some((size, i) => size !== info.outShape[i])) {
    throw new Error(
      `${kernel}: dy has shape [${dyShape}], but a convolution of [${xShape}] with a filter of [${filterShape}], ` +
        `strides ${strides}, dilations ${dilations} and pad ${pad} has an output of [${info.outShape}].`,
    );
  }
  return info;
}

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
