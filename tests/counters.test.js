/** Counters that pass 2^31 - 1, the largest int32. */
import { Lookahead, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { tf } from './support/tf.js';

const LARGEST = 2 ** 31 - 1;

/** As through a file. */
async function throughBytes(weights) {
  const { data, specs } = await tf.io.encodeWeights(weights);
  const decoded = tf.io.decodeWeights(data, specs);
  return specs.map(({ name }) => ({ name, tensor: decoded[name] }));
}

onEachBackend('counters', (test) => {
  test('of a Lookahead: saved and restored past 2^31 - 1, and many times that', async () => {
    for (const start of [LARGEST - 1, LARGEST, 5 * LARGEST]) {
      const w = newVariable([0], [1]);
      const loop = new Lookahead([w], { k: 3 });
      const [slow, { name }] = loop.getWeights();
      const others = [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]; // how many there are of each kind, and further counters
      const low = [start % 2 ** 31, 1, ...others];
      const multiples = [Math.floor(start / 2 ** 31), ...new Array(11).fill(0)];
      const counts = tf.tensor1d(start < LARGEST ? low : [...low, ...multiples], 'int32');
      loop.setWeights([slow, { name, tensor: counts }]);
      assert.is(loop.step, start);
      for (const [step, inCycle] of [
        [start + 1, 2],
        [start + 2, 0],
        [start + 3, 1],
      ]) {
        loop.sync();
        assert.equal([loop.step, loop.stepsInCycle], [step, inCycle]);
        const weights = loop.getWeights();
        const saved = await throughBytes(weights);
        assert.equal(saved.at(-1).tensor.shape, [step > LARGEST ? 24 : 12]);
        const resumed = new Lookahead([w], { k: 3 });
        resumed.setWeights(saved);
        assert.equal([resumed.step, resumed.stepsInCycle], [step, inCycle]);
        resumed.dispose();
        tf.dispose([weights, saved]);
      }
      loop.dispose();
    }
  });

  test('of an optimizer: saved and restored past 2^31 - 1', async () => {
    newVariable([0], [1], 'w');
    const step = (optimizer) => tf.tidy(() => optimizer.applyGradients({ w: tf.tensor1d([1]) }));
    const make = () => lookahead(tf.train.sgd(1), { k: 3 });
    let optimizer = make();
    step(optimizer);
    const weights = await optimizer.getWeights();
    const [iter, slow, counts] = weights;
    assert.equal([...(await counts.tensor.data())], [1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1]);
    let list = [iter, slow, { ...counts, tensor: tf.tensor1d([LARGEST, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1], 'int32') }];
    for (const [expected, inCycle, iterations] of [
      [LARGEST + 1, 2, 2],
      [LARGEST + 2, 0, 3],
      [LARGEST + 3, 1, 4],
    ]) {
      const resumed = make();
      await resumed.setWeights(list);
      step(resumed);
      optimizer.dispose();
      optimizer = resumed;
      const saved = await resumed.getWeights();
      list = await throughBytes(saved);
      saved[0].tensor.dispose();
      const [low, stepsInCycle, ...others] = await list[2].tensor.data();
      const expectedOthers = [1, 0, 1, 0, 0, 0, 0, 0, 0, iterations, 1, ...new Array(11).fill(0)];
      assert.equal(others, expectedOthers, 'the multiples of 2^31 follow');
      assert.equal([low + 2 ** 31, stepsInCycle], [expected, inCycle]);
    }
    iter.tensor.dispose();
    optimizer.dispose();
  });
});
