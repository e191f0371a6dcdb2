import * as fc from 'fast-check';
import { lerp } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { aPartOf } from './support/amounts.js';
import { onEachBackend } from './support/backends.js';
import {
  assertLerp,
  assertSameBits,
  isExact,
  lerp as lerpReference,
  randomValues,
  specialValues,
} from './support/reference.js';
import { tf } from './support/tf.js';

const weights = [0.5, 0.8, 0.1, 1 / 3, 0, 1, -2, 1e-30, 1e30];

onEachBackend('lerp', (test, backend) => {
  const run = async (start, end, weight, shape = [start.length]) => {
    const out = lerp(tf.tensor(start, shape, 'float32'), tf.tensor(end, shape, 'float32'), weight);
    assert.equal(out.shape, shape);
    assert.is(out.dtype, 'float32');
    return out.data();
  };

  test('equals the reference for n = 0 to 67', async () => {
    for (let n = 0; n <= 67; ++n) {
      // A GPU compiles a program for each size: there, only sizes whose texture has another form, or fills its texels
      // otherwise.
      if (!isExact(backend) && n > 9 && ![15, 16, 17, 32, 63, 64, 65, 67].includes(n)) continue;
      const [start, end] = [randomValues(n, n), randomValues(n, n + 1000)];
      assertLerp(backend, await run(start, end, 0.5), start, end, 0.5, `n = ${n}`);
    }
  });

  test('equals the reference around the window of the cpu kernel', async () => {
    for (const n of [16383, 16384, 16385, 32767, 32768, 32769, 100003]) {
      const [start, end] = [randomValues(n, 1), randomValues(n, 2)];
      assertLerp(backend, await run(start, end, 0.8), start, end, 0.8, `n = ${n}`);
    }
  });

  test('ranks 0 to 6, and no elements', async () => {
    for (const shape of [
      [],
      [5],
      [2, 3],
      [2, 3, 4],
      [1, 2, 3, 4],
      [2, 1, 2, 1, 3],
      [1, 2, 1, 2, 2, 3],
      [0],
      [3, 0, 2],
    ]) {
      const n = tf.util.sizeFromShape(shape);
      const [start, end] = [randomValues(n, 3), randomValues(n, 4)];
      assertLerp(backend, await run(start, end, 0.3, shape), start, end, 0.3, `shape [${shape}]`);
    }
  });

  test('by hand: from 2 towards 10', async () => {
    assert.equal([...(await run([2], [10], 0.25))], [4]); // 2 + 0.25 * 8
    assert.equal([...(await run([2], [10], -1))], [-6]); // extrapolates: 2 - 8
  });

  test('is differentiable: d/dstart = 1 - weight, d/dend = weight', async () => {
    const gradients = tf.grads((start, end) => lerp(start, end, 0.25));
    const [start, end] = gradients([tf.tensor1d([1, 2]), tf.tensor1d([3, 5])], tf.tensor1d([1, 8]));
    assert.equal([...(await start.data())], [0.75, 6]);
    assert.equal([...(await end.data())], [0.25, 2]);
  });

  test('takes a variable, and the same tensor twice', async () => {
    const start = tf.tensor1d([1, 2]);
    assert.equal([...(await lerp(start, start, 0.5).data())], [1, 2]);
  });

  test('leaves one tensor, in a tidy and outside', () => {
    const [start, end] = [tf.ones([3]), tf.zeros([3])];
    const before = tf.memory().numTensors;
    const out = lerp(start, end, 0.5);
    assert.is(tf.memory().numTensors, before + 1);
    out.dispose();
    tf.tidy(() => {
      lerp(start, end, 0.5);
    });
    assert.is(tf.memory().numTensors, before);
  });

  if (!isExact(backend)) return;

  test('special values, with many weights, at every place of the vector and the tail', async () => {
    const pairs = specialValues.flatMap((a) => specialValues.map((b) => [a, b]));
    for (const weight of weights) {
      for (const shift of [0, 1, 2, 3]) {
        const start = Float32Array.from([...randomValues(shift, 5), ...pairs.map(([a]) => a)]);
        const end = Float32Array.from([...randomValues(shift, 6), ...pairs.map(([, b]) => b)]);
        assertSameBits(await run(start, end, weight), lerpReference(start, end, weight), `weight ${weight}`);
      }
    }
  });

  test('property: any float32 values and any weight', async () => {
    const values = fc.array(fc.tuple(fc.float(), fc.float()), { maxLength: 200 });
    const weight = fc.oneof(
      fc.float({ min: 0, max: 1, noNaN: true }),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
    );
    await fc.assert(
      fc.asyncProperty(values, weight, async (pairs, w) => {
        const [start, end] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
        assertSameBits(await run(start, end, w), lerpReference(start, end, w));
      }),
      { seed: 1, numRuns: aPartOf(300) },
    );
  });

  test('a weight that is no float32 is rounded first, on every path', async () => {
    const [start, end] = [randomValues(50, 7), randomValues(50, 8)];
    assertSameBits(await run(start, end, 0.1), lerpReference(start, end, Math.fround(0.1)));
  });

  test('the composed ops, which run where a backend has no kernel, give the same bits', async () => {
    await run([1], [2], 0.5); // so that the kernel is registered
    const kernel = tf.getKernel('tfjs-lookahead/lerp', backend);
    if (kernel) tf.unregisterKernel('tfjs-lookahead/lerp', backend);
    try {
      const pairs = specialValues.flatMap((a) => specialValues.map((b) => [a, b]));
      for (const weight of weights) {
        const [start, end] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
        assertSameBits(await run(start, end, weight), lerpReference(start, end, weight), `weight ${weight}`);
      }
      const [start, end] = tf.grads((a, b) => lerp(a, b, 0.25))([tf.scalar(1), tf.scalar(2)]);
      assert.equal([(await start.data())[0], (await end.data())[0]], [0.75, 0.25]);
    } finally {
      if (kernel) tf.registerKernel(kernel);
    }
  });
});

onEachBackend(
  'lerp, values that are a plain array',
  (test) => {
    test('equals the reference', async () => {
      const plain = (values) => {
        const { dataId, shape, dtype } = tf.backend().makeTensorInfo([values.length], 'float32', values);
        return tf.engine().makeTensorFromDataId(dataId, shape, dtype);
      };
      assert.equal([...(await lerp(plain([0, 4]), plain([2, 8]), 0.5).data())], [1, 6]);
    });
  },
  ['cpu'],
);
