/** A slow weight that is its buffer's sole owner is overwritten, and nothing may be able to tell. */
import { Lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { add, newVariable, onEachBackend } from './support/backends.js';
import { bufferSharing, withBuffers } from './support/buffer-sharing.js';
import { assertSameBits, isExact, merge, randomValues } from './support/reference.js';
import { backends, tf } from './support/tf.js';

const values = async (tensors) => Promise.all(tensors.map(async (tensor) => (await tensor.data()).slice()));

onEachBackend('ownership', (test, backend) => {
  const overwrites = ['cpu', 'wasm'].includes(backend) && (backend === 'cpu' || globalThis.WebAssembly !== undefined);

  /**
   * Things that a user may make of a slow weight, and whether they share its buffer: on wasm tfjs copies what it
   * clones.
   */
  const uses = {
    nothing: [() => {}, false],
    'an array': [(slow) => slow.data(), false],
    'a clone': [(slow) => slow.clone(), backend !== 'wasm'],
    'a reshape': [(slow) => tf.reshape(slow, [1, -1]), true],
    'a cast': [(slow) => tf.cast(slow, 'float32'), backend !== 'wasm'],
    'another variable': [(slow) => newVariable([0, 0, 0], [3]).assign(slow), true],
    'a saved weight': [(_slow, lookahead) => lookahead.getWeights()[0].tensor, true],
  };
  for (const [name, [use, shares]] of Object.entries(uses)) {
    test(`${name} made of a slow weight`, async () => {
      const w = newVariable([1, 2, 3], [3]);
      const lookahead = new Lookahead([w], { k: 1 });
      const [slow] = lookahead.slowWeights;
      for (const step of [1, 2, 3]) {
        add(w, [4, 4, 4]);
        const { dataId } = slow;
        await use(slow, lookahead);
        lookahead.sync();
        assert.is(slow.dataId === dataId, overwrites && !shares, `step ${step}`);
        assert.is(w.dataId, slow.dataId, 'fast and slow weight share a buffer');
        assert.equal(await values([w, slow]), new Array(2).fill(new Float32Array([1, 2, 3].map((v) => v + 2 * step))));
      }
      lookahead.dispose();
    });
  }

  test('the initial tensor of a variable is not overwritten', async () => {
    const initial = tf.tensor1d([1, 2, 3]);
    const w = tf.variable(initial);
    const lookahead = new Lookahead([w], { k: 1 });
    for (let step = 0; step < 3; ++step) {
      add(w, [4, 4, 4]);
      lookahead.sync();
    }
    assert.equal([...(await initial.data())], [1, 2, 3]);
    lookahead.dispose();
    w.dispose();
  });

  test('a variable that no step changes is merged with itself, and stays', async () => {
    for (const sharing of bufferSharing) {
      const w = newVariable(randomValues(100, 1), [100]);
      const lookahead = withBuffers(sharing, new Lookahead([w], { k: 1, alpha: 0.3 }));
      add(w, randomValues(100, 2));
      lookahead.sync();
      const [merged] = await values([w]);
      lookahead.sync();
      lookahead.flush();
      for (const again of await values([w, ...lookahead.slowWeights]))
        assertSameBits(again, merged, `buffers ${sharing}`);
      lookahead.dispose();
    }
  });

  if (overwrites) {
    test('a merge makes no tensor and allocates nothing that it does not free', () => {
      const fast = [20, 3000, 40000].map((n, i) => newVariable(randomValues(n, i), [n]));
      const lookahead = new Lookahead(fast, { k: 1 });
      for (let step = 0; step < 3; ++step) {
        for (const [i, w] of fast.entries()) add(w, randomValues(w.size, step + i));
        let allocations = 0;
        const counting = (object, method) => {
          const original = object[method];
          object[method] = function (...args) {
            ++allocations;
            return original.apply(this, args);
          };
          return () => {
            object[method] = original;
          };
        };
        const restore = [counting(tf.backend(), 'write')];
        if (backend === 'wasm') restore.push(counting(tf.backend().wasm, '_malloc'));
        lookahead.sync();
        for (const fn of restore) fn();
        assert.is(allocations, 0);
      }
      lookahead.dispose();
    });
  }

  if (backend === 'tensorflow') return; // its stand-in has no kernels for what follows

  /**
   * The wasm backend keeps the weights of matMul, conv2d, their biases and prelu repacked, by the identity of the
   * buffer. Once a slow weight was overwritten, an op must not compute with its former values again.
   */
  test('ops see the new values of a weight that they have used', async () => {
    for (const sharing of bufferSharing) {
      const shapes = { kernel: [3, 4], bias: [4], filter: [1, 1, 3, 4], depthwise: [2, 2, 3, 1], alpha: [3] };
      const fast = Object.values(shapes).map((shape, i) =>
        newVariable(randomValues(tf.util.sizeFromShape(shape), i), shape),
      );
      const x = tf.tensor2d(randomValues(6, 7), [2, 3]);
      const image = tf.tensor4d(randomValues(27, 8), [1, 3, 3, 3]);
      const compute = ([kernel, bias, filter, depthwise, alpha]) => [
        tf.matMul(x, kernel),
        tf.fused.matMul({ a: x, b: kernel, bias, activation: 'relu' }),
        tf.conv2d(image, filter, 1, 'same'),
        tf.fused.conv2d({ x: image, filter, strides: 1, pad: 'same', bias }),
        tf.depthwiseConv2d(image, depthwise, 1, 'same'),
        tf.prelu(x, alpha),
      ];
      /** The same on tensors that no op has seen. */
      const expected = async (weights) =>
        values(compute((await values(weights)).map((v, i) => tf.tensor(v, weights[i].shape))));
      const lookahead = withBuffers(sharing, new Lookahead(fast, { k: 1, alpha: 0.3 }));
      for (let step = 0; step < 3; ++step) {
        for (const [i, w] of fast.entries()) add(w, randomValues(w.size, 10 * step + i));
        const before = await values(compute(fast));
        assert.equal(before, await expected(fast), `${sharing}: after the inner step`);
        lookahead.sync();
        assert.equal(await values(compute(fast)), await expected(fast), `${sharing}: after the merge`);
        const onSlow = await lookahead.withSlowWeights(async () => values(compute(fast)));
        assert.equal(onSlow, await expected(lookahead.slowWeights), `${sharing}: on slow weights`);
        assert.not.equal(before, onSlow);
      }
      lookahead.dispose();
    }
  });
});

onEachBackend(
  'ownership, backends in turn',
  (test, backend) => {
    test('a weight that lives on another backend', async () => {
      for (const sharing of bufferSharing) {
        for (const where of ['fast', 'slow', 'both']) {
          const w = newVariable([1, 2, 3], [3]);
          const lookahead = withBuffers(sharing, new Lookahead([w], { k: 1, alpha: 0.25 }));
          let slow = new Float32Array([1, 2, 3]);
          for (const other of backends.filter((name) => isExact(name)).concat(backend)) {
            add(w, [4, 8, 1]); // leaves the fast weight here
            if (where !== 'fast') await lookahead.slowWeights[0].data();
            await tf.setBackend(other);
            if (where === 'slow') add(w, [0, 0, 0]);
            const [fast] = await values([w]);
            lookahead.sync();
            slow = merge(slow, fast, 0.25);
            for (const merged of await values([w, ...lookahead.slowWeights])) {
              assertSameBits(merged, slow, `${sharing}, ${where} on ${other}`);
            }
          }
          lookahead.dispose();
        }
      }
    });
  },
  ['cpu', 'wasm'],
);
