/**
 * Gradients of convolutions, max pooling and segment sums in plain JavaScript, from their definitions, and cases for them.
 * Kernels run by their names, as tfjs's own gradients run them: its convolution on `wasm` writes beyond its output where a
 * padding is a number and the filter or the strides are not square, so it cannot be asked for a gradient there.
 */
import * as assert from 'uvu/assert';
import { randomValues, specialValues } from './reference.js';
import { tf } from './tf.js';

const sizeOf = (shape) => shape.reduce((product, n) => product * n, 1);

/** Seeded integers from a list of choices, or from a range. */
function chooser(seed) {
  let calls = 0;
  const next = (n) => Math.floor(((randomValues(1, seed * 1000 + calls++)[0] + 1) / 2) * n);
  return { from: (list) => list[next(list.length)], between: (least, most) => least + next(most - least + 1) };
}

/** A case: shapes, attributes and values, some of them special in every fifth case. */
export function convCase(seed, depthwise) {
  const { from, between } = chooser(seed);
  const inputShape = [between(0, 9) === 0 ? 0 : between(1, 3), between(1, 11), between(1, 11), between(1, 9)];
  const filterShape = [between(1, 5), between(1, 5), inputShape[3], depthwise ? between(1, 3) : between(1, 17)];
  const explicit = [
    [0, 0],
    [between(0, 5), between(0, 5)],
    [between(0, 5), between(0, 5)],
    [0, 0],
  ];
  const pad = from(['same', 'valid', between(0, 3), explicit]);
  const dimRoundingMode = typeof pad === 'string' ? undefined : from([undefined, 'floor', 'ceil', 'round']);
  const dilations = depthwise && between(0, 3) === 0 ? [between(1, 3), between(1, 3)] : [1, 1];
  const strides = [between(1, 3), between(1, 3)];
  const attrs = { strides, dilations, pad, dimRoundingMode, dataFormat: 'NHWC', inputShape, filterShape };
  const info = tf.backend_util.computeConv2DInfo(
    ...[inputShape, filterShape, strides, dilations, pad, dimRoundingMode, depthwise],
  );
  if (info.outHeight < 0 || info.outWidth < 0) return convCase(seed + 0.37, depthwise);
  const values = (shape, i) => {
    const array = randomValues(sizeOf(shape), seed * 7 + i);
    if (between(0, 4) === 0 && array.length > 0) array[between(0, array.length - 1)] = from(specialValues);
    return { array, shape };
  };
  const [x, filter, dy] = [inputShape, filterShape, info.outShape].map(values);
  return { depthwise, attrs, info, x, filter, dy, title: JSON.stringify({ ...attrs, depthwise }) };
}

/** Sums in float64, how many products each has, and the sum of their magnitudes. */
function sums(n) {
  const [sum, count, magnitude] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  const add = (i, product) => {
    sum[i] += product;
    ++count[i];
    magnitude[i] += Math.abs(product);
  };
  return { sum, count, magnitude, add };
}

/** A convolution and both gradients by their definition: for each product, what it gives to y, to dw and to dx. */
export function convGradients({ depthwise, info, x, filter, dy }) {
  const [y, dw, dx] = [sums(dy.array.length), sums(filter.array.length), sums(x.array.length)];
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padInfo } = info;
  const last = filter.shape[3];
  for (let b = 0; b < batchSize; ++b) {
    for (let oh = 0; oh < outHeight; ++oh) {
      for (let ow = 0; ow < outWidth; ++ow) {
        for (let r = 0; r < info.filterHeight; ++r) {
          const h = oh * info.strideHeight + r * info.dilationHeight - padInfo.top;
          if (h < 0 || h >= inHeight) continue;
          for (let c = 0; c < info.filterWidth; ++c) {
            const w = ow * info.strideWidth + c * info.dilationWidth - padInfo.left;
            if (w < 0 || w >= inWidth) continue;
            for (let i = 0; i < inChannels; ++i) {
              for (let m = 0; m < last; ++m) {
                const at = ((b * inHeight + h) * inWidth + w) * inChannels + i;
                const tap = ((r * info.filterWidth + c) * inChannels + i) * last + m;
                const out = ((b * outHeight + oh) * outWidth + ow) * outChannels + (depthwise ? i * last + m : m);
                y.add(out, x.array[at] * filter.array[tap]);
                dw.add(tap, x.array[at] * dy.array[out]);
                dx.add(at, filter.array[tap] * dy.array[out]);
              }
            }
          }
        }
      }
    }
  }
  return { y, dw, dx };
}

/** n products and sums of float32 are off by at most n + 1 roundings, each relative to the sum of the magnitudes. */
export function assertSums(actual, { sum, count, magnitude }, title) {
  assert.is(actual.length, sum.length, title);
  for (let i = 0; i < sum.length; ++i) {
    if (Number.isNaN(sum[i]) && Number.isNaN(actual[i])) continue;
    const expected = Math.fround(sum[i]);
    const bound = (count[i] + 1) * (2 ** -23 * magnitude[i] + 2 ** -149);
    if (actual[i] === expected || Math.abs(actual[i] - sum[i]) <= bound) continue;
    // The largest float32 and another may overflow in one order of summation, and not in another.
    if (magnitude[i] > 3.4e38 && Number.isFinite(sum[i])) continue;
    assert.unreachable(`${title}: element ${i} of ${sum.length} is ${actual[i]}, expected ${sum[i]}`);
  }
}

const KERNELS = {
  false: ['Conv2DBackpropFilter', 'Conv2DBackpropInput'],
  true: ['DepthwiseConv2dNativeBackpropFilter', 'DepthwiseConv2dNativeBackpropInput'],
};

const tensorOf = ({ array, shape, dtype }) => tf.tensor(array, shape, dtype);

/** Runs a kernel of the current backend on new tensors; its values, read now. */
export const runKernel = (name, inputs, attrs) =>
  tf.tidy(() => {
    const tensors = Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, tensorOf(value)]));
    return tf.engine().runKernel(name, tensors, attrs).dataSync().slice();
  });

/** Both gradients by the kernels of the current backend. */
export function runConvGradients({ depthwise, attrs, x, filter, dy }) {
  const [backpropFilter, backpropInput] = KERNELS[depthwise];
  return {
    dw: runKernel(backpropFilter, { x, dy }, attrs),
    dx: runKernel(backpropInput, { dy, filter }, attrs),
  };
}

/** A case of max pooling, with equal values, windows without a positive one, and now and then special values. */
export function poolCase(seed) {
  const { from, between } = chooser(seed);
  const shape = [between(1, 3), between(1, 9), between(1, 9), between(1, 9)];
  const explicit = [
    [0, 0],
    [between(0, 3), between(0, 3)],
    [between(0, 3), between(0, 3)],
    [0, 0],
  ];
  const filterSize = [between(1, 4), between(1, 4)];
  const attrs = {
    filterSize,
    strides: [between(1, 3), between(1, 3)],
    pad: from(['same', 'valid', between(0, 2), explicit]),
  };
  const info = tf.backend_util.computePool2DInfo(shape, filterSize, attrs.strides, 1, attrs.pad);
  if (info.outHeight < 0 || info.outWidth < 0) return poolCase(seed + 0.37);
  const input = { shape, array: randomValues(sizeOf(shape), seed).map((v) => Math.round(v * 3) / 4) };
  const dy = { shape: info.outShape, array: randomValues(sizeOf(info.outShape), seed + 1) };
  for (const { array } of [input, dy]) {
    if (between(0, 4) === 0 && array.length > 0) array[between(0, array.length - 1)] = from(specialValues);
  }
  return { attrs, info, input, dy, output: dy, title: JSON.stringify({ ...attrs, shape }) };
}

/** As on `cpu`: each value of dy goes to the first maximum of its window. */
export function maxPoolGradient({ info, input, dy }) {
  const dx = sums(input.array.length);
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, padInfo } = info;
  for (let out = 0; out < batchSize * outHeight * outWidth * inChannels; ++out) {
    const [c, ow] = [out % inChannels, Math.floor(out / inChannels) % outWidth];
    const oh = Math.floor(out / inChannels / outWidth) % outHeight;
    const b = Math.floor(out / inChannels / outWidth / outHeight);
    let [most, at] = [-Infinity, -1];
    for (let r = 0; r < info.filterHeight; ++r) {
      for (let k = 0; k < info.filterWidth; ++k) {
        const [h, w] = [oh * info.strideHeight + r - padInfo.top, ow * info.strideWidth + k - padInfo.left];
        if (h < 0 || h >= inHeight || w < 0 || w >= inWidth) continue;
        const i = ((b * inHeight + h) * inWidth + w) * inChannels + c;
        if (input.array[i] > most) [most, at] = [input.array[i], i];
      }
    }
    if (at >= 0) dx.add(at, dy.array[out]);
  }
  return dx;
}

/** A case of a segment sum: ids below 0 and beyond the last segment among them. */
export function segmentCase(seed) {
  const { from, between } = chooser(seed);
  const n = between(0, 30);
  const inner = from([[], [1], [5], [8], [3, 4], [0]]);
  const numSegments = between(1, 12);
  const x = { shape: [n, ...inner], array: randomValues(n * sizeOf(inner), seed) };
  const segmentIds = {
    shape: [n],
    array: Int32Array.from({ length: n }, () => between(-2, numSegments)),
    dtype: 'int32',
  };
  return { attrs: { numSegments }, x, segmentIds, title: JSON.stringify({ n, inner, numSegments }) };
}

export function segmentSums({ attrs, x, segmentIds }) {
  const inner = sizeOf(x.shape.slice(1));
  const out = sums(attrs.numSegments * inner);
  for (const [row, id] of segmentIds.array.entries()) {
    if (id < 0 || id >= attrs.numSegments) continue;
    for (let i = 0; i < inner; ++i) out.add(id * inner + i, x.array[row * inner + i]);
  }
  return out;
}

/** The convolution of a case on the current backend; its gradient is taken or not. */
export const runConvolution = ({ attrs, x, filter }, takeGradient) =>
  tf.tidy(() => {
    const convolve = (x, filter) => tf.engine().runKernel('Conv2D', { x, filter }, attrs);
    const inputs = [tensorOf(x), tensorOf(filter)];
    const y = takeGradient ? tf.valueAndGrads(convolve)(inputs).value : convolve(...inputs);
    return y.dataSync().slice();
  });
