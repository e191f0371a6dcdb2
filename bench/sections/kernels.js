/**
 * Single kernels of a step on `wasm`: TensorFlow.js's, ours, and the time of the bare pass with all values in the
 * cache.
 */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { registerTrainingKernels, unregisterTrainingKernels } from 'tfjs-lookahead';
import { use } from '../backend.js';
import { compare, efforts } from '../compare.js';
import { randomValues } from '../random.js';

const product = (transposeA, transposeB, [M, K, N], batch = []) => ({
  kernel: 'BatchMatMul',
  what: `${batch.length > 0 ? `${batch} of ` : ''}${transposeA ? 'aᵀ b' : 'a bᵀ'}, ${M} x ${K} x ${N}`,
  inputs: {
    a: [...batch, ...(transposeA ? [K, M] : [M, K])],
    b: [...batch, ...(transposeB ? [N, K] : [K, N])],
  },
  attrs: { transposeA, transposeB },
  products: batch.reduce((count, n) => count * n, 1) * M * K * N,
});

/** The gradients of a convolution with stride 1 and no padding. */
function convolution([batch, size, channels], filter, filters) {
  const out = size - filter + 1;
  const [inputShape, filterShape] = [
    [batch, size, size, channels],
    [filter, filter, channels, filters],
  ];
  const rest = {
    what: `${inputShape.join(' x ')}, ${filters} filters ${filter} x ${filter}`,
    products: batch * out * out * filter * filter * channels * filters,
  };
  const attrs = { strides: [1, 1], pad: 'valid', dataFormat: 'NHWC' };
  const dy = [batch, out, out, filters];
  return [
    { kernel: 'Conv2DBackpropFilter', inputs: { x: inputShape, dy }, attrs: { ...attrs, filterShape }, ...rest },
    { kernel: 'Conv2DBackpropInput', inputs: { dy, filter: filterShape }, attrs: { ...attrs, inputShape }, ...rest },
  ];
}

function depthwise([batch, size, channels], filter) {
  const out = size - filter + 1;
  const [inputShape, filterShape] = [
    [batch, size, size, channels],
    [filter, filter, channels, 1],
  ];
  const rest = {
    what: `${inputShape.join(' x ')}, filter ${filter} x ${filter}`,
    products: batch * out * out * filter * filter * channels,
  };
  const attrs = { strides: [1, 1], pad: 'valid', dilations: [1, 1] };
  const dy = [batch, out, out, channels];
  const name = 'DepthwiseConv2dNativeBackprop';
  return [
    { kernel: `${name}Filter`, inputs: { x: inputShape, dy }, attrs: { ...attrs, filterShape }, ...rest },
    { kernel: `${name}Input`, inputs: { dy, filter: filterShape }, attrs: { ...attrs, inputShape }, ...rest },
  ];
}

/** A call whose limit is a copy of so many elements. */
const moving = (kernel, what, inputs, attrs, elements) => ({ kernel, what, inputs, attrs, elements });

const calls = [
  product(true, false, [784, 32, 128]),
  product(false, true, [32, 64, 128]),
  product(true, false, [512, 128, 256]),
  product(false, true, [32, 16, 32], [32]),
  ...convolution([32, 28, 1], 5, 8),
  ...convolution([32, 12, 8], 5, 16),
  ...convolution([8, 16, 32], 3, 64),
  ...depthwise([8, 28, 32], 3),
  moving('Multiply', '32 x 256, 32 x 256', { a: [32, 256], b: [32, 256] }, {}, 8192),
  moving('Sum', '32 x 256 over the first', { x: [32, 256] }, { axis: [0], keepDims: false }, 8192),
  moving('Transpose', '256 x 256', { x: [256, 256] }, { perm: [1, 0] }, 65536),
  moving('Slice', '32 x 64 of 32 x 256', { x: [32, 256] }, { begin: [0, 64], size: [32, 64] }, 2048),
  moving('Tile', '256 to 32 x 256', { x: [1, 256] }, { reps: [32, 1] }, 8192),
];

const extents = { full: calls, short: calls.filter(({ kernel }) => /MatMul|Conv2DBackpropF/.test(kernel)).slice(0, 3) };

/** The pass of a small product, whose values all lie in the first cache, and how many multiply-adds it has. */
function bareProduct() {
  const n = 32;
  const memory = new WebAssembly.Memory({ initial: 1 });
  const bytes = readFileSync(new URL('../../build/kernels/mat-mul.wasm', import.meta.url));
  const { matMul } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
  const at = (i) => 4 * n * n * i;
  const run = () => matMul(at(0), at(1), at(2), n, n, n, 4, 4 * n, 4 * n, 4, n, 0, at(3));
  return { run, products: n ** 3 };
}

export function plan({ extent }) {
  const effort = efforts[extent];
  return {
    tasks: { calls: extents[extent].map((call) => () => measureCall(call, effort)) },
    about: {},
  };
}

async function measureCall({ kernel, what, inputs, attrs, products, elements }, effort) {
  await use('wasm');
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, shape], i) => [
      name,
      tf.tensor(randomValues(tf.util.sizeFromShape(shape), i + 1), shape),
    ]),
  );
  const call = (kernelFunc) => {
    const backend = tf.engine().backend;
    return () => {
      for (const { dataId } of [kernelFunc({ inputs: tensors, attrs, backend })].flat()) backend.disposeData(dataId);
    };
  };
  const own = tf.getKernel(kernel, 'wasm');
  registerTrainingKernels();
  const ours = tf.getKernel(kernel, 'wasm');
  unregisterTrainingKernels();
  const bare = products ? bareProduct() : undefined;
  const [from, to] = [new Float32Array(elements ?? 0), new Float32Array(elements ?? 0)];
  try {
    const ns = await compare(
      {
        ...(own && { tfjs: { run: call(own.kernelFunc) } }),
        ours: { run: call(ours.kernelFunc) },
        bare: { run: bare ? bare.run : () => to.set(from) },
      },
      effort,
    );
    return { kernel, what, ns, limitNs: ns.bare.median * (products ? products / bare.products : 1) };
  } finally {
    tf.dispose(tensors);
  }
}
