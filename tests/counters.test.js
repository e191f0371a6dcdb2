/** Counters that pass 2^31 - 1, the largest int32, and 2^53 / 2. */
import { Lookahead, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { stateIn, throughFile, withState } from './support/saved-lists.js';
import { tf } from './support/tf.js';

const starts = [2 ** 31 - 2, 2 ** 31 - 1, 5 * 2 ** 31, 2 ** 52];

onEachBackend('counters', (test) => {
  test('of a Lookahead: saved and restored past 2^31 - 1, and many times that', async () => {
    for (const start of starts) {
      const w = newVariable([0], [1]);
      const loop = new Lookahead([w], { k: 3 });
      loop.setWeights(withState(loop.getWeights(), { step: start, stepsInCycle: 1 }));
      assert.is(loop.step, start);
      for (const [step, inCycle] of [
        [start + 1, 2],
        [start + 2, 0],
        [start + 3, 1],
      ]) {
        loop.sync();
        assert.equal([loop.step, loop.stepsInCycle], [step, inCycle]);
        const weights = loop.getWeights();
        const saved = await throughFile(weights);
        assert.is(stateIn(saved).step, step);
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
    for (const start of starts) {
      let optimizer = make();
      step(optimizer);
      let list = withState(await throughFile(optimizer.getWeights()), { step: start, innerIterations: start });
      for (const [expected, stepsInCycle] of [
        [start + 1, 2],
        [start + 2, 0],
        [start + 3, 1],
      ]) {
        const resumed = make();
        await resumed.setWeights(list);
        step(resumed);
        optimizer.dispose();
        optimizer = resumed;
        assert.equal([resumed.iterations, resumed.stepsInCycle], [expected, stepsInCycle]);
        list = await throughFile(resumed.getWeights());
        const { step: steps, innerIterations: iterations, stepsInCycle: inCycle } = stateIn(list);
        assert.equal([steps, iterations, inCycle], [expected, expected, stepsInCycle]);
      }
      optimizer.dispose();
    }
  });
});
