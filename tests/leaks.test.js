import { Lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { aPartOf } from './support/amounts.js';
import { newVariable, onEachBackend } from './support/backends.js';
import { bufferSharing, withBuffers } from './support/buffer-sharing.js';
import { isExact, randomValues } from './support/reference.js';
import { tf } from './support/tf.js';

onEachBackend('leaks', (test, backend) => {
  const syncs = isExact(backend) ? aPartOf(10_000) : 500;

  for (const sharing of bufferSharing)
    test(`${syncs} syncs leave tensors and buffers where they were, and the heap, buffers ${sharing}`, () => {
      const fast = [[4, 8], [8], [], [0]].map((shape, i) => {
        const n = tf.util.sizeFromShape(shape);
        return newVariable(shape.length ? randomValues(n, i) : 1, shape);
      });
      const grow = tf.scalar(1.0001);
      const lookahead = withBuffers(sharing, new Lookahead(fast, { k: 2 }));
      const cycle = () => {
        for (const w of fast) tf.tidy(() => w.assign(tf.mul(w, grow)));
        lookahead.sync();
      };
      cycle();
      cycle();
      const { numTensors, numDataBuffers, numBytes } = tf.memory();
      const heap = () => (backend === 'wasm' ? tf.backend().wasm.HEAPU8.length : 0);
      const heapBefore = heap();
      for (let i = 0; i < syncs; ++i) cycle();
      // After an odd number of steps in a cycle of two, fast and slow are apart: compare at the same place.
      assert.is(lookahead.step % 2, 0);
      const after = tf.memory();
      assert.equal([after.numTensors, after.numDataBuffers, after.numBytes], [numTensors, numDataBuffers, numBytes]);
      assert.is(heap(), heapBefore);
      lookahead.dispose();
    });

  test('the constructor takes one tensor and no buffer a variable, and dispose gives back exactly that', () => {
    const fast = [1, 2, 3].map((v) => newVariable([v], [1]));
    const before = tf.memory();
    const lookahead = new Lookahead(fast);
    assert.is(tf.memory().numTensors, before.numTensors + 3);
    assert.is(tf.memory().numDataBuffers, before.numDataBuffers);
    lookahead.dispose();
    assert.is(tf.memory().numTensors, before.numTensors);
    assert.is(tf.memory().numDataBuffers, before.numDataBuffers);
  });

  test('withSlowWeights, flush and alpha of 0 and 1 leave nothing', () => {
    const lookahead = new Lookahead([newVariable([1], [1])]);
    const before = tf.memory().numTensors;
    lookahead.withSlowWeights(() => {});
    for (const alpha of [0, 0.5, 1]) {
      lookahead.alpha = alpha;
      lookahead.flush();
    }
    assert.is(tf.memory().numTensors, before);
    lookahead.dispose();
  });

  test('getWeights gives n + 1 tensors, which are the caller’s', () => {
    const lookahead = new Lookahead([newVariable([1], [1]), newVariable([2], [1])]);
    const before = tf.memory().numTensors;
    const weights = lookahead.getWeights();
    assert.is(tf.memory().numTensors, before + 3);
    lookahead.setWeights(weights);
    tf.dispose(weights);
    assert.is(tf.memory().numTensors, before);
    lookahead.dispose();
  });
});
