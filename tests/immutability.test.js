import { Lookahead, lerp } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { add, newVariable, onEachBackend } from './support/backends.js';
import { assertSameBits, randomValues } from './support/reference.js';
import { tf } from './support/tf.js';

onEachBackend('immutability', (test, backend) => {
  /** On webgpu tfjs reads synchronously through a canvas, which a software GPU answers with zeros. */
  const readNow = (tensor) => (backend === 'webgpu' ? tensor.data() : tensor.dataSync());

  test('nothing that a user took before a merge changes', async () => {
    for (const n of [3, 20000]) {
      const initial = tf.tensor1d(randomValues(n, 1));
      const w = tf.variable(initial);
      const lookahead = new Lookahead([w], { k: 1, alpha: 0.5 });
      const held = [];
      const hold = async (name, tensor) => held.push({ name, tensor, values: (await tensor.data()).slice() });
      await hold('the initial tensor', initial);
      for (const step of [1, 2, 3]) {
        const fresh = tf.tensor1d(randomValues(n, step + 1));
        w.assign(fresh);
        const [slow] = lookahead.slowWeights;
        await hold('the tensor that the inner step assigned', fresh);
        await hold('a clone of the fast weight', w.clone());
        await hold('a reshape of the fast weight', tf.reshape(w, [n, 1]));
        await hold('a clone of the slow weight', slow.clone());
        await hold('a reshape of the slow weight', tf.reshape(slow, [1, n]));
        await hold('a saved slow weight', lookahead.getWeights()[0].tensor);
        const arrays = await Promise.all([readNow(w), readNow(slow), readNow(fresh), w.data(), slow.data()]);
        const copies = arrays.map((array) => array.slice());
        lookahead.sync();
        await hold('a clone of the merged weight', w.clone());
        const merged = await readNow(w);
        const mergedCopy = merged.slice();
        for (const w2 of [w, slow]) add(w2, new Float32Array(n).fill(1));
        add(slow, new Float32Array(n).fill(-1));
        assertSameBits(merged, mergedCopy, 'an array from dataSync() after the merge');
        for (const [i, array] of arrays.entries()) assertSameBits(array, copies[i], 'an array from dataSync()');
        for (const { name, tensor, values } of held) assertSameBits(await tensor.data(), values, name);
      }
      lookahead.dispose();
      for (const { name, tensor, values } of held)
        assertSameBits(await tensor.data(), values, `${name}, after dispose`);
      w.dispose();
    }
  });

  test('arrays that were read from weights do not change when these are overwritten', async () => {
    const w = newVariable(randomValues(20000, 1), [20000]);
    const lookahead = new Lookahead([w], { k: 1 });
    const held = [];
    for (const step of [1, 2, 3]) {
      for (const weight of [w, ...lookahead.slowWeights]) held.push(await readNow(weight), await weight.data());
      add(w, randomValues(20000, step + 1));
      for (const weight of [w, ...lookahead.slowWeights]) held.push(await readNow(weight), await weight.data());
      const copies = held.map((array) => array.slice());
      lookahead.sync();
      for (const [i, array] of held.entries()) assertSameBits(array, copies[i], `step ${step}`);
    }
    lookahead.dispose();
  });

  test('the arrays that tensors were made from do not change', () => {
    const array = new Float32Array([1, 2, 3]);
    const w = newVariable(array, [3]);
    const lookahead = new Lookahead([w], { k: 1 });
    const next = new Float32Array([5, 6, 7]);
    tf.tidy(() => w.assign(tf.tensor1d(next)));
    lookahead.sync();
    assert.equal([...array], [1, 2, 3]);
    assert.equal([...next], [5, 6, 7]);
    lookahead.dispose();
  });

  test('lerp leaves its arguments and shares nothing with them', async () => {
    const [start, end] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
    for (const weight of [0, 0.5, 1]) {
      const out = lerp(start, end, weight);
      assert.is.not(out.dataId, start.dataId);
      assert.is.not(out.dataId, end.dataId);
    }
    assert.equal([...(await start.data())], [1, 2]);
    assert.equal([...(await end.data())], [3, 4]);
  });
});
