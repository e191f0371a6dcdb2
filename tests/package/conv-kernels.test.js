/**
 * Some thousand cases like those of tests/conv-kernels.test.js, which runs in every host: too many for more than one.
 */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { registerTrainingKernels, unregisterTrainingKernels } from 'tfjs-lookahead';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  assertSums,
  convCase,
  convGradients,
  poolCase,
  runConvGradients,
  runKernel,
  segmentCase,
  segmentSums,
} from '../support/conv-gradients.js';
import { assertSameBits } from '../support/reference.js';

const seeds = (from, n) => Array.from({ length: n }, (_, i) => from + i);

test.before(() => tf.setBackend('wasm'));
test.after.each(() => void unregisterTrainingKernels());

test('gradients of convolutions, depthwise too, are those of the definition', () => {
  registerTrainingKernels();
  for (const seed of seeds(1000, 3000)) {
    const one = convCase(seed, seed % 3 === 0);
    const { dw, dx } = runConvGradients(one);
    const expected = convGradients(one);
    assertSums(dw, expected.dw, `filter, ${seed}: ${one.title}`);
    assertSums(dx, expected.dx, `input, ${seed}: ${one.title}`);
  }
});

test('they are those of cpu, which has no dilation', async () => {
  const cases = seeds(5000, 600)
    .map((seed) => convCase(seed, seed % 2 === 0))
    .filter(({ attrs }) => String(attrs.dilations) === '1,1');
  registerTrainingKernels();
  const actual = cases.map(runConvGradients);
  await tf.setBackend('cpu');
  const expected = cases.map(runConvGradients);
  await tf.setBackend('wasm');
  for (const [i, { title, ...one }] of cases.entries()) {
    const { dw, dx } = convGradients(one);
    assertSums(actual[i].dw, { ...dw, sum: expected[i].dw }, title);
    assertSums(actual[i].dx, { ...dx, sum: expected[i].dx }, title);
  }
});

test("gradients of inputs and of max pooling have the bits of tfjs's kernels", () => {
  const convs = seeds(8000, 2000).map((seed) => convCase(seed, false));
  const pools = seeds(1000, 2000).map(poolCase);
  const run = () => [
    ...convs.map(({ attrs, dy, filter }) => runKernel('Conv2DBackpropInput', { dy, filter }, attrs)),
    ...pools.map(({ attrs, dy, input, output }) => runKernel('MaxPoolGrad', { dy, input, output }, attrs)),
  ];
  const expected = run();
  assert.ok(registerTrainingKernels().includes('MaxPoolGrad'));
  const actual = run();
  for (const [i, { title }] of [...convs, ...pools].entries()) assertSameBits(actual[i], expected[i], title);
});

test('segment sums are those of the definition', () => {
  registerTrainingKernels();
  for (const one of seeds(1000, 2000).map(segmentCase)) {
    const { attrs, x, segmentIds, title } = one;
    assertSums(runKernel('UnsortedSegmentSum', { x, segmentIds }, attrs), segmentSums(one), title);
  }
});

test.run();
