/** `nonFinite` holds for the slow weights: what an outer optimizer, or the user, would make of them. */
import { lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { disposeWithOuter } from './support/outer-optimizers.js';
import { tf } from './support/tf.js';
import { messageOf, wholeState } from './support/whole-state.js';

/** The fast weights go down by 1; SGD with a rate of 1. */
const step = (optimizer, w) => tf.tidy(() => optimizer.applyGradients([{ name: w.name, tensor: tf.onesLike(w) }]));

/** An outer optimizer of the user's own, which keeps its state in properties of any kind. */
class Counting extends tf.Optimizer {
  merges = 0;
  sum = tf.tidy(() => tf.variable(tf.scalar(0), false));
  factor = 1;

  applyGradients(gradients) {
    ++this.merges;
    tf.tidy(() => {
      this.sum.assign(tf.add(this.sum, 1));
      for (const [name, gradient] of Object.entries(gradients)) {
        const variable = tf.engine().registeredVariables[name];
        variable.assign(tf.sub(variable, tf.mul(gradient, this.factor)));
      }
    });
  }

  dispose() {
    this.sum.dispose();
  }
}

const outers = {
  SGD: [() => tf.train.sgd(0.5), (outer, bad) => outer.setLearningRate(bad ? Number.NaN : 0.5)],
  Nesterov: [() => tf.train.momentum(0.5, 0.9, true), (outer, bad) => outer.setLearningRate(bad ? 3e38 : 0.5)],
  Adam: [
    () => tf.train.adam(0.5),
    (outer, bad) => {
      outer.learningRate = bad ? Number.POSITIVE_INFINITY : 0.5;
    },
  ],
  'one of the user': [
    () => new Counting(),
    (outer, bad) => {
      outer.factor = bad ? Number.NaN : 1;
    },
  ],
};

const valuesOf = async (tensors) => Promise.all(tensors.map(async (tensor) => [...(await tensor.data())]));

onEachBackend(
  'nonFinite and the slow weights',
  (test) => {
    for (const [key, [make, spoil]] of Object.entries(outers)) {
      test(`'throw': a step of the outer optimizer that gives NaN is taken back: ${key}`, async () => {
        const runs = [];
        for (const isSpoilt of [false, true]) {
          const w = newVariable([8, -16], [2]);
          const optimizer = lookahead(tf.train.sgd(1), { k: 2, outer: make(), nonFinite: 'throw' });
          for (let i = 0; i < 5; ++i) step(optimizer, w);
          if (isSpoilt) {
            spoil(optimizer.outer, true);
            const before = await wholeState(optimizer);
            assert.match(
              await messageOf(() => optimizer.flush()),
              /flush: 'lookahead\/.*' is not finite after the outer optimizer's step, which was taken back; nothing was merged/,
            );
            assert.equal(await wholeState(optimizer), before);
            spoil(optimizer.outer, false);
          }
          for (let i = 0; i < 3; ++i) step(optimizer, w);
          runs.push(await valuesOf([w, ...optimizer.slowWeights]));
          disposeWithOuter(optimizer);
        }
        assert.equal(runs[1], runs[0], 'it goes on as if nothing had been');
        assert.ok(runs.flat(2).every(Number.isFinite));
      });

      test(`'restore': it is taken back, and the cycle undone: ${key}`, async () => {
        const w = newVariable([8, -16], [2]);
        const optimizer = lookahead(tf.train.sgd(1), { k: 2, outer: make(), nonFinite: 'restore' });
        for (let i = 0; i < 4; ++i) step(optimizer, w);
        const [slow] = await valuesOf(optimizer.slowWeights);
        const { iterations, merges } = optimizer.outer;
        spoil(optimizer.outer, true);
        for (let i = 0; i < 2; ++i) step(optimizer, w);
        assert.equal(await valuesOf([w, ...optimizer.slowWeights]), [slow, slow]);
        assert.equal([optimizer.restores, optimizer.stepsInCycle], [1, 0]);
        assert.equal([optimizer.outer.iterations, optimizer.outer.merges], [iterations, merges]);
        spoil(optimizer.outer, false);
        for (let i = 0; i < 2; ++i) step(optimizer, w);
        for (const values of await valuesOf([w, ...optimizer.slowWeights])) assert.ok(values.every(Number.isFinite));
        assert.is(optimizer.restores, 1);
        disposeWithOuter(optimizer);
      });
    }

    test('an outer step that throws changes nothing either', async () => {
      const w = newVariable([8, -16], [2]);
      const outer = new Counting();
      const optimizer = lookahead(tf.train.sgd(1), { k: 2, outer, nonFinite: 'throw' });
      for (let i = 0; i < 3; ++i) step(optimizer, w);
      const original = outer.applyGradients;
      const throwing = (gradients) => {
        original.call(outer, gradients);
        throw new Error('too late');
      };
      Object.defineProperty(outer, 'applyGradients', { value: throwing, configurable: true });
      const before = await wholeState(optimizer);
      assert.is(await messageOf(() => optimizer.flush()), 'too late');
      assert.equal(await wholeState(optimizer), before);
      disposeWithOuter(optimizer);
    });

    for (const nonFinite of ['throw', 'restore']) {
      test(`'${nonFinite}': adopt() refuses weights that are not finite, nested too`, async () => {
        for (const wrap of [(optimizer) => optimizer, (inner) => lookahead(inner, { k: 4 })]) {
          const w = newVariable([8, -16], [2]);
          const optimizer = wrap(lookahead(tf.train.sgd(1), { k: 4, nonFinite }));
          for (let i = 0; i < 2; ++i) step(optimizer, w);
          tf.tidy(() => w.assign(tf.tensor1d([1, Number.NaN])));
          const before = await wholeState(optimizer);
          assert.match(
            await messageOf(() => optimizer.adopt()),
            new RegExp(`adopt: '.*' is not finite, and 'nonFinite' is '${nonFinite}'; nothing was adopted`),
          );
          assert.equal(await wholeState(optimizer), before);
          tf.tidy(() => w.assign(tf.tensor1d([1, 2])));
          optimizer.adopt();
          assert.equal(await valuesOf(optimizer.slowWeights), [[1, 2]]);
          optimizer.dispose();
        }
      });

      test(`'${nonFinite}': where nothing finite is there to go back to, it says so, and changes nothing`, async () => {
        const w = newVariable([8, Number.NaN], [2]);
        const optimizer = lookahead(tf.train.sgd(1), { k: 2, nonFinite });
        step(optimizer, w);
        const before = await wholeState(optimizer);
        assert.match(
          await messageOf(() => optimizer.flush()),
          /is not finite after this cycle, and its slow weight is no better.*and call adopt\(\)/,
        );
        assert.equal(await wholeState(optimizer), before);
        assert.is(optimizer.restores, 0);
        tf.tidy(() => w.assign(tf.tensor1d([1, 2])));
        optimizer.adopt();
        for (let i = 0; i < 2; ++i) step(optimizer, w);
        assert.equal(await valuesOf([w, ...optimizer.slowWeights]), [
          [0, 1],
          [0, 1],
        ]);
        optimizer.dispose();
      });

      test(`'${nonFinite}': a Lookahead as the outer optimizer is refused, and takes none of them`, async () => {
        const [inner, outer] = [tf.train.sgd(1), lookahead(tf.train.sgd(1))];
        assert.match(
          await messageOf(() => lookahead(inner, { outer, nonFinite })),
          new RegExp(`'nonFinite' is '${nonFinite}', but a step of the 'outer' optimizer.* it is a Lookahead`),
        );
        disposeWithOuter(lookahead(inner, { outer }));
      });
    }

    test("'propagate' merges what the outer optimizer has made", async () => {
      const w = newVariable([8, -16], [2]);
      const optimizer = lookahead(tf.train.sgd(1), { k: 2, outer: tf.train.sgd(Number.NaN) });
      for (let i = 0; i < 2; ++i) step(optimizer, w);
      assert.equal(await valuesOf([w]), [[Number.NaN, Number.NaN]]);
      tf.tidy(() => w.assign(tf.tensor1d([1, Number.NaN])));
      optimizer.adopt();
      assert.equal(await valuesOf(optimizer.slowWeights), [[1, Number.NaN]]);
      disposeWithOuter(optimizer);
    });
  },
  ['cpu', 'wasm', 'webgl', 'tensorflow'],
);
