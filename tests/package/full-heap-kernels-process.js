/**
 * Calls the kernels for training on a full wasm heap, and prints what came of each. It is a process of its own, since
 * the heap is 4 GiB then; hardly a page of it is touched.
 */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { registerTrainingKernels } from 'tfjs-lookahead';
import { fillHeap, messageOf } from '../support/full-heap.js';

tf.env().set('PROD', true);
await tf.setBackend('wasm');
registerTrainingKernels();
const { wasm } = tf.backend();

const ones = (shape) => tf.ones(shape);
const x = ones([4, 32, 32, 8]);
const filter = ones([3, 3, 8, 8]);
const depthwiseFilter = ones([3, 3, 8, 1]);
const matrix = ones([128, 64]);
const ids = tf.tensor1d(new Int32Array(4), 'int32');
const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1, inputShape: x.shape };
const run = (name, inputs, more) => tf.engine().runKernel(name, inputs, { ...attrs, ...more });
const calls = {
  BatchMatMul: () => tf.matMul(matrix, matrix, false, true),
  Slice: () => tf.slice(x, 0, 3),
  Concat: () => tf.concat([x, x]),
  Transpose: () => tf.transpose(x),
  Add: () => tf.add(x, x),
  Sum: () => tf.sum(x, 0),
  Conv2D: () => tf.grads((x, filter) => tf.conv2d(x, filter, 1, 'same'))([x, filter]),
  // A small output, but no room for scratch.
  Conv2DBackpropFilter: () => run('Conv2DBackpropFilter', { x, dy: x }, { filterShape: filter.shape }),
  Conv2DBackpropInput: () => run('Conv2DBackpropInput', { dy: x, filter }),
  DepthwiseConv2dNativeBackpropFilter: () =>
    run('DepthwiseConv2dNativeBackpropFilter', { x, dy: x }, { filterShape: depthwiseFilter.shape }),
  DepthwiseConv2dNativeBackpropInput: () =>
    run('DepthwiseConv2dNativeBackpropInput', { dy: x, filter: depthwiseFilter }),
  MaxPoolGrad: () => run('MaxPoolGrad', { dy: x, input: x, output: x }, { filterSize: 3 }),
  UnsortedSegmentSum: () => tf.unsortedSegmentSum(tf.reshape(x, [4, 8192]), ids, 100),
};
for (const call of Object.values(calls)) tf.tidy(() => void call()); // Passes are compiled, and kernels set up.

const { numTensors } = tf.memory();
const inBackend = tf.backend().numDataIds();
const start = () => Array.from(wasm.HEAPU8.subarray(0, 1024));
const before = start();
const freeHeap = fillHeap(wasm, 8192);
const messages = Object.fromEntries(
  Object.entries(calls).map(([name, call]) => [name, messageOf(() => tf.tidy(() => void call()))]),
);
const unchanged = start().every((byte, i) => byte === before[i]);
const left = { numTensors: tf.memory().numTensors - numTensors, inBackend: tf.backend().numDataIds() - inBackend };
freeHeap();
const inputs = [x, matrix, filter, depthwiseFilter].every((t) => t.dataSync().every((value) => value === 1));
const again = tf.tidy(() => calls.Conv2DBackpropFilter().dataSync()[0]);
console.log(JSON.stringify({ messages, unchanged, left, inputs, again }));
