import { registerTrainingKernels, unregisterTrainingKernels } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { onEachBackend } from './support/backends.js';
import {
  assertSums,
  convCase,
  convGradients,
  maxPoolGradient,
  poolCase,
  runConvGradients,
  runConvolution,
  runKernel,
  segmentCase,
  segmentSums,
} from './support/conv-gradients.js';
import { assertSameBits, randomValues } from './support/reference.js';
import { tf } from './support/tf.js';

onEachBackend(
  'kernels for convolutions',
  (test) => {
    const tfjsHas = (kernel) => tf.getKernel(kernel, 'wasm') !== undefined;

    /** With our kernels, and afterwards without. */
    const withKernels = (run) => async () => {
      registerTrainingKernels();
      try {
        await run();
      } finally {
        unregisterTrainingKernels();
      }
    };

    test(
      'gradients of convolutions are those of the definition',
      withKernels(() => {
        for (let seed = 1; seed <= 80; ++seed) {
          const one = convCase(seed, seed % 3 === 0);
          const { dw, dx } = runConvGradients(one);
          const expected = convGradients(one);
          assertSums(dw, expected.dw, `filter, ${seed}: ${one.title}`);
          assertSums(dx, expected.dx, `input, ${seed}: ${one.title}`);
        }
      }),
    );

    test('gradients of inputs and of max pooling have the bits of tfjs, where it has them', async () => {
      const convs = Array.from({ length: 40 }, (_, i) => convCase(i + 200, false));
      const pools = Array.from({ length: 40 }, (_, i) => poolCase(i + 1));
      const run = () => [
        convs.map(({ attrs, dy, filter }) => runKernel('Conv2DBackpropInput', { dy, filter }, attrs)),
        tfjsHas('MaxPoolGrad')
          ? pools.map(({ attrs, dy, input, output }) => runKernel('MaxPoolGrad', { dy, input, output }, attrs))
          : [],
      ];
      const missing = !tfjsHas('MaxPoolGrad');
      const expected = run();
      await withKernels(() => {
        const actual = run();
        for (const [i, { title }] of convs.entries()) assertSameBits(actual[0][i], expected[0][i], title);
        for (const [i, one] of pools.entries()) {
          if (missing) assertSums(actual[1][i], maxPoolGradient(one), one.title);
          else assertSameBits(actual[1][i], expected[1][i], one.title);
        }
      })();
    });

    test('a convolution of which a gradient is taken has the bits of one of which none is', async () => {
      // XNNPACK goes wrong by itself where a stride is longer than the filter, and computes sizes of its own otherwise.
      const isRight = ({ attrs, dy }) =>
        dy.array.length > 0 &&
        [undefined, 'floor'].includes(attrs.dimRoundingMode) &&
        (typeof attrs.pad === 'object' ||
          attrs.pad === 'valid' ||
          (attrs.pad === 'same' && [0, 1].every((i) => attrs.filterShape[i] >= attrs.strides[i])));
      const cases = Array.from({ length: 120 }, (_, i) => convCase(i + 400, false)).filter(isRight);
      assert.ok(cases.length > 40, `${cases.length} cases`);
      const expected = cases.map((one) => runConvolution(one, false));
      await withKernels(() => {
        for (const [i, one] of cases.entries()) {
          assertSameBits(runConvolution(one, true), expected[i], `gradient: ${one.title}`);
          assertSameBits(runConvolution(one, false), expected[i], `none: ${one.title}`);
        }
      })();
    });

    test(
      'with padding as a number, values are right where rows and columns differ',
      withKernels(() => {
        const cases = Array.from({ length: 400 }, (_, i) => convCase(i + 600, false)).filter(
          // Infinity times a 0 of the padding would be NaN.
          ({ attrs, x, filter, dy }) =>
            attrs.pad > 0 && dy.array.length > 0 && [x, filter].every(({ array }) => array.every(Number.isFinite)),
        );
        assert.ok(cases.length > 40, `${cases.length} cases`);
        for (const one of cases) assertSums(runConvolution(one, true), convGradients(one).y, one.title);
      }),
    );

    test(
      'a segment sum is that of the definition, int32 too',
      withKernels(() => {
        for (let seed = 1; seed <= 60; ++seed) {
          const one = segmentCase(seed);
          const { attrs, x, segmentIds, title } = one;
          assertSums(runKernel('UnsortedSegmentSum', { x, segmentIds }, attrs), segmentSums(one), title);
        }
        const ints = tf.unsortedSegmentSum(tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32'), tf.tensor1d([1, 1], 'int32'), 3);
        assert.is(ints.dtype, 'float32', 'as on cpu');
        assert.equal([...ints.dataSync()], [0, 0, 4, 6, 0, 0]);
      }),
    );

    test('on cpu a segment sum has the bits of tfjs, values that are not finite too', async () => {
      await tf.setBackend('cpu');
      const cases = Array.from({ length: 40 }, (_, i) => segmentCase(i + 100));
      for (const { x } of cases.slice(30)) if (x.array.length > 3) x.array.set([Infinity, -0, NaN], 1);
      const run = () =>
        cases.map(({ attrs, x, segmentIds }) => runKernel('UnsortedSegmentSum', { x, segmentIds }, attrs));
      const ints = () => tf.unsortedSegmentSum(tf.tensor1d([2 ** 24 + 1, 1], 'int32'), tf.tensor1d([1, 1], 'int32'), 2);
      const own = tf.getKernel('UnsortedSegmentSum', 'cpu');
      const [expected, expectedInts] = [run(), ints().dataSync()];
      await withKernels(() => {
        assert.is.not(tf.getKernel('UnsortedSegmentSum', 'cpu'), own);
        for (const [i, sums] of run().entries()) assertSameBits(sums, expected[i], cases[i].title);
        assert.equal(ints().dataSync(), expectedInts);
        // For so large a table, tfjs's own kernel takes half an hour.
        const gradient = tf.grad((table) => tf.sum(tf.gather(table, tf.range(0, 20000, 1, 'int32'))));
        assert.ok(
          gradient(tf.zeros([20000, 8]))
            .dataSync()
            .every((value) => value === 1),
        );
      })();
      assert.is(tf.getKernel('UnsortedSegmentSum', 'cpu'), own, 'and it is put back');
      await tf.setBackend('wasm');
    });

    test(
      'neither inputs nor what shares their buffers change, and the same call gives the same again',
      withKernels(() => {
        const [x, dy, filter] = [
          [2, 7, 7, 3],
          [2, 7, 7, 5],
          [3, 3, 3, 5],
        ].map((shape, i) =>
          tf.tensor4d(
            randomValues(
              shape.reduce((a, b) => a * b),
              i + 1,
            ),
            shape,
          ),
        );
        const held = [x, dy, filter].flatMap((t) => [t, tf.reshape(t, [t.size])]);
        const before = held.map((t) => t.dataSync().slice());
        const grads = () => {
          const g = tf.grads((x, filter) => tf.maxPool(tf.conv2d(x, filter, 1, 'same'), 2, 1, 'same'));
          return g([x, filter], dy);
        };
        const first = grads();
        const values = first.map((t) => t.dataSync().slice());
        const second = grads();
        for (const [i, t] of second.entries()) assertSameBits(t.dataSync(), values[i], 'the same again');
        for (const [i, t] of first.entries()) assertSameBits(t.dataSync(), values[i], 'the first result');
        for (const [i, t] of held.entries()) assertSameBits(t.dataSync(), before[i], `held ${i}`);
      }),
    );

    test(
      'calls leave nothing on the heap',
      withKernels(() => {
        const [x, dy, filter] = [
          [1, 64, 64, 8],
          [1, 64, 64, 8],
          [3, 3, 8, 8],
        ].map((shape, i) =>
          tf.tensor4d(
            randomValues(
              shape.reduce((a, b) => a * b),
              i + 1,
            ),
            shape,
          ),
        );
        const depthwise = tf.tensor4d(randomValues(72, 4), [3, 3, 8, 1]);
        const ids = tf.tensor1d(new Int32Array(64), 'int32');
        const once = () =>
          tf.tidy(() => {
            tf.grads((x, filter) => tf.maxPool(tf.conv2d(x, filter, 1, 'same'), 3, 1, 'same'))([x, filter], dy);
            tf.grads((x, filter) => tf.depthwiseConv2d(x, filter, 1, 'same'))([x, depthwise], dy);
            tf.unsortedSegmentSum(tf.reshape(x, [64, 512]), ids, 100);
          });
        const { wasm } = tf.backend();
        const bytes = () => wasm.HEAPU8.length;
        for (let i = 0; i < 20; ++i) once();
        const [before, tensors] = [bytes(), tf.memory().numTensors];
        for (let i = 0; i < 300; ++i) once(); // some 300 KB of scratch each
        assert.is(bytes(), before, 'bytes of the heap');
        assert.is(tf.memory().numTensors, tensors);
      }),
    );

    test(
      'what does not fit is an error that names it, and leaves nothing',
      withKernels(() => {
        const x = { shape: [1, 5, 5, 2], array: randomValues(50, 1) };
        const dy = { shape: [1, 4, 5, 3], array: randomValues(60, 2) };
        const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', filterShape: [3, 3, 2, 3], inputShape: x.shape };
        const { numDataBuffers } = tf.memory();
        const inBackend = tf.backend().numDataIds();
        assert.throws(
          () => runKernel('Conv2DBackpropFilter', { x, dy }, attrs),
          /dy has shape \[1,4,5,3\], .* output of \[1,5,5,3\]/,
        );
        assert.throws(
          () => runKernel('Conv2DBackpropFilter', { x, dy }, { ...attrs, dataFormat: 'NCHW' }),
          /dataFormat NCHW.*Use NHWC/,
        );
        const segmentIds = { shape: [2, 2], array: new Int32Array(4), dtype: 'int32' };
        assert.throws(
          () => runKernel('UnsortedSegmentSum', { x, segmentIds }, { numSegments: 2 }),
          /segmentIds must be an int32 for each of the 1 rows of x, got int32 of shape \[2,2\]/,
        );
        assert.is(tf.memory().numDataBuffers, numDataBuffers);
        assert.is(tf.backend().numDataIds(), inBackend);
      }),
    );
  },
  ['wasm'],
);
