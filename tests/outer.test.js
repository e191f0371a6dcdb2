/** An outer optimizer steps the slow weights, with slow - fast as their gradient. */
import { fused, Lookahead, lookahead, stepPath } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import {
  assertValues,
  bothClasses,
  disposeWithOuter,
  OuterReference,
  outerOptimizers,
} from './support/outer-optimizers.js';
import { isExact, randomValues } from './support/reference.js';
import { assignValues, valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';

const shapes = [[5], [], [3, 11]];
const sizes = [5, 1, 33];
const randomLists = (seed) => sizes.map((n, i) => randomValues(n, 10 * seed + i));
const newVariables = (seed = 1) =>
  randomLists(seed).map((values, i) => newVariable(shapes[i].length === 0 ? values[0] : values, shapes[i]));
const number = async (tensor) => (await tensor.data())[0];
const ones = (...variables) => variables.map(({ size }) => new Float32Array(size).fill(1));

onEachBackend('outer optimizer', (test, backend) => {
  const exact = isExact(backend);
  const assertSame = async (weights, expected, message) =>
    assertValues(backend, await valuesOf(weights), expected, message);

  for (const [className, make] of Object.entries(bothClasses)) {
    for (const name of Object.keys(outerOptimizers)) {
      for (const restart of [true, false]) {
        test(`${className}: ${name}, ${restart ? 'from which' : 'while'} the fast weights ${restart ? 'restart' : 'go on'}`, async () => {
          const variables = newVariables();
          const reference = new OuterReference(name, randomLists(1));
          const { subject, step, dispose } = make(variables, { k: 2, outer: outerOptimizers[name].make(), restart });
          let fast = randomLists(1);
          for (let i = 1; i <= 9; ++i) {
            const deltas = randomLists(100 + i);
            step(deltas);
            fast = fast.map((values, v) => values.map((value, j) => Math.fround(value + deltas[v][j])));
            if (i % 2 === 0) {
              reference.merge(fast);
              if (restart) fast = reference.slow;
            }
            await assertSame(subject.slowWeights, reference.slow, `slow weights after step ${i}`);
            await assertSame(variables, fast, `fast weights after step ${i}`);
          }
          assert.is(subject.outer.iterations, 4, 'merges');
          dispose();
        });
      }
    }

    test(`${className}: the pseudo-gradient is slow - fast, so the slow weights go where the fast ones went`, async () => {
      for (const { make: makeOuter } of Object.values(outerOptimizers)) {
        for (const direction of [1, -1]) {
          const w = newVariable([10], [1]);
          const { subject, step, dispose } = make([w], { k: 1, outer: makeOuter() });
          step([[direction]]);
          assert.is(Math.sign((await number(subject.slowWeights[0])) - 10), direction);
          dispose();
        }
      }
    });

    test(`${className}: a heavy ball by hand`, async () => {
      const w = newVariable([0], [1]);
      const { step, dispose } = make([w], { k: 2, outer: tf.train.momentum(1, 0.5) });
      const merged = [];
      for (let i = 1; i <= 6; ++i) {
        step([[0.5]]);
        if (i % 2 === 0) merged.push(await number(w));
      }
      assert.equal(merged, [1, 2.5, 4.25], 'it goes 1, then 1 + 0.5 * 1, then 1 + 0.5 * 1.5 further');
      dispose();
    });

    test(`${className}: federated momentum, rate 1 and momentum 0.5, averages of 1, then 2: 1.5, then 2.5`, async () => {
      const w = newVariable([0], [1]);
      const { subject, dispose } = make([w], { k: Number.POSITIVE_INFINITY, outer: tf.train.momentum(1, 0.5, true) });
      const merged = [];
      for (const average of [1, 2, 3]) {
        assignValues([w], [[average]]);
        subject.flush();
        merged.push(await number(w), await number(subject.slowWeights[0]));
      }
      assert.equal(merged, [1.5, 1.5, 2.5, 2.5, 3.5, 3.5]);
      dispose();
    });

    test(`${className}: sgd(a) is alpha = a, up to rounding`, async () => {
      for (const alpha of [0, 0.3, 0.5, 1]) {
        const pairs = [{ outer: tf.train.sgd(alpha) }, { alpha }].map((config) => {
          const variables = newVariables();
          return { variables, ...make(variables, { k: 3, ...config }) };
        });
        for (let i = 0; i < 10; ++i) for (const { step } of pairs) step(randomLists(20 + i));
        const [actual, expected] = await Promise.all(pairs.map(({ variables }) => valuesOf(variables)));
        for (const [i, values] of actual.entries()) {
          for (const [j, value] of values.entries()) {
            assert.ok(Math.abs(value - expected[i][j]) < 1e-5, `alpha ${alpha}: ${value}, expected ${expected[i][j]}`);
          }
        }
        for (const { dispose } of pairs) dispose();
      }
    });

    test(`${className}: the rate of the outer optimizer is assignable during training`, async () => {
      const w = newVariable([0], [1]);
      const momentum = make([w], { k: 1, outer: tf.train.momentum(1, 0) });
      momentum.step([[1]]);
      momentum.subject.outer.setLearningRate(0.25);
      momentum.step([[1]]);
      assert.is(await number(w), 1.25, '1, then a quarter of 1');
      momentum.dispose();

      const [fast, slow] = [newVariable([0], [1]), newVariable([0], [1])];
      const adams = [fast, slow].map((variable) => make([variable], { k: 1, outer: tf.train.adam(0.5) }));
      for (const { step } of adams) step([[1]]);
      const start = await number(fast);
      adams[1].subject.outer.learningRate = 0.25;
      for (const { step } of adams) step([[1]]);
      const [gone, goneHalf] = [(await number(fast)) - start, (await number(slow)) - start];
      assert.ok(gone > 0.1 && Math.abs(goneHalf - gone / 2) < 1e-6, `${goneHalf} is half of ${gone}`);
      for (const { dispose } of adams) dispose();
    });

    test(`${className}: a flush in mid-cycle is a merge, and starts a cycle`, async () => {
      const [variables, reference] = [newVariables(), new OuterReference('Nesterov', randomLists(1))];
      const { subject, step, dispose } = make(variables, { k: 3, outer: outerOptimizers.Nesterov.make() });
      let fast = randomLists(1);
      const advance = (seed) => {
        const deltas = randomLists(seed);
        step(deltas);
        fast = fast.map((values, v) => values.map((value, j) => Math.fround(value + deltas[v][j])));
      };
      const mergeReference = () => {
        reference.merge(fast);
        fast = reference.slow;
      };
      for (const [i, stepsBefore] of [1, 2, 3, 1].entries()) {
        for (let j = 0; j < stepsBefore; ++j) advance(10 * i + j);
        if (stepsBefore < 3) subject.flush();
        mergeReference();
        assert.is(subject.stepsInCycle, 0);
        await assertSame(variables, fast, `after cycle ${i}`);
      }
      dispose();
    });

    test(`${className}: a flush where nothing has moved leaves weights and outer state as they are`, async () => {
      for (const { make: makeOuter } of Object.values(outerOptimizers)) {
        const variables = newVariables();
        const { subject, step, dispose } = make(variables, { k: 2, outer: makeOuter() });
        for (let i = 0; i < 4; ++i) step(randomLists(2 + i));
        const before = await valuesOf([...variables, ...subject.slowWeights]);
        subject.flush();
        subject.withSlowWeights(() => {});
        subject.flush();
        assert.is(subject.outer.iterations, 2);
        assert.equal(await valuesOf([...variables, ...subject.slowWeights]), before);
        dispose();
      }
    });

    test(`${className}: variables that come late start without a state, whatever the others have`, async () => {
      for (const name of ['Nesterov', 'Adam']) {
        const [early, late] = [newVariable([0], [1]), newVariable([5, 6], [2])];
        const reference = new OuterReference(name, [[0]]);
        const { subject, add, step, dispose } = make([early], { k: 2, outer: outerOptimizers[name].make() });
        for (let i = 0; i < 3; ++i) step(ones(early));
        reference.merge([[2]]);
        add([late]);
        step(ones(early, late));
        const start = reference.slow[0][0];
        reference.slow.push(new Float32Array([5, 6]));
        reference.merge([[Math.fround(Math.fround(start + 1) + 1)], [6, 7]]);
        await assertSame([early, late], reference.slow, `${name}: fast`);
        await assertSame(subject.slowWeights, reference.slow, `${name}: slow`);
        dispose();
      }
    });

    if (exact) {
      test(`${className}: infinite weights that nothing has moved stay, whether or not they share a buffer`, async () => {
        for (const shares of [true, false]) {
          const [frozen, other] = [newVariable([0, Number.NEGATIVE_INFINITY, Number.NaN], [3]), newVariable([0], [1])];
          const { subject, step, dispose } = make([frozen, other], { k: 1, outer: tf.train.adam(0.5) });
          step([null, [1]]);
          if (!shares) assignValues([frozen], await valuesOf([frozen]));
          step([null, [1]]);
          await assertSame(
            [frozen],
            [new Float32Array([0, Number.NEGATIVE_INFINITY, Number.NaN])],
            `shares: ${shares}`,
          );
          const [, moment] = subject.outer.accumulatedFirstMoment.map(({ variable }) => variable);
          assert.not.equal(await number(moment), 0);
          assert.equal(await valuesOf([subject.outer.accumulatedFirstMoment[0].variable]), [new Float32Array(3)]);
          dispose();
          frozen.dispose();
          other.dispose();
        }
      });
    }

    test(`${className}: frozen layers stay where they are, though the outer optimizer has a momentum`, async () => {
      const [frozen, other] = [newVariable([0, 0], [2]), newVariable([0], [1])];
      const { subject, step, dispose } = make([frozen, other], { k: 2, outer: tf.train.momentum(1, 0.5) });
      for (let i = 0; i < 4; ++i) step(ones(frozen, other));
      const at = await valuesOf([frozen]);
      assert.equal(at, [new Float32Array([5, 5])], '2, then 3 further');
      const others = [];
      for (let i = 0; i < 6; ++i) {
        step([null, [1]]);
        others.push(await number(other));
      }
      await assertSame([frozen, subject.slowWeights[0]], [...at, ...at], 'frozen');
      assert.equal(others, [6, 8.5, 9.5, 12.25, 13.25, 16.125], 'the others go on: 3.5, 3.75, 3.875 in a cycle');
      step(ones(frozen, other));
      step(ones(frozen, other));
      await assertSame([frozen], [[8.5, 8.5]], 'unfrozen: 2 + 0.5 * 3, since its momentum has waited');
      dispose();
    });

    test(`${className}: withSlowWeights shows the slow weights, also where the fast ones go on`, async () => {
      const w = newVariable([0], [1]);
      const { subject, step, dispose } = make([w], { k: 1, outer: tf.train.sgd(0.5), restart: false });
      step([[4]]);
      assert.equal([await number(w), await subject.withSlowWeights(() => number(w)), await number(w)], [4, 2, 4]);
      dispose();
    });

    test(`${className}: disposed with the Lookahead`, async () => {
      for (const { make: makeOuter } of Object.values(outerOptimizers)) {
        const w = newVariable([0], [1]);
        const { numTensors } = tf.memory();
        const { subject, step, dispose } = make([w], { k: 1, outer: makeOuter() });
        step([[1]]);
        dispose();
        subject.dispose(); // a second call does nothing
        assert.is(tf.memory().numTensors, numTensors);
        assert.throws(
          () => new Lookahead([w], { outer: subject.outer }),
          /'outer' was disposed, or its variables, as by tf\.disposeVariables\(\)\. Make a new optimizer/,
        );
      }
    });
  }

  test('a flush before the first step leaves the outer optimizer as new', async () => {
    const optimizer = lookahead(tf.train.sgd(1), { outer: outerOptimizers.Adam.make() });
    optimizer.flush();
    assert.is(optimizer.outer.iterations, 0);
    assert.ok(Math.abs((await number(optimizer.outer.accBeta1)) - 0.9) < 1e-6);
    disposeWithOuter(optimizer);
  });

  test('lookahead() fuses it, and a Lookahead takes it as it is', () => {
    const sgd = fused(tf.train.sgd(1));
    const fusedPath = stepPath(sgd);
    sgd.dispose();
    for (const { make } of Object.values(outerOptimizers)) {
      const [w, outer] = [newVariable([0], [1]), make()];
      const optimizer = lookahead(tf.train.sgd(1), { outer });
      assert.is(optimizer.outer, outer);
      assert.is(stepPath(optimizer.outer), fusedPath);
      disposeWithOuter(optimizer);
      const [plain, given] = [make(), fused(make())].map((each) => new Lookahead([w], { outer: each }));
      assert.is(stepPath(plain.outer), 'ops');
      assert.is(stepPath(given.outer), fusedPath);
      for (const each of [plain, given]) disposeWithOuter(each);
    }
  });

  test('without one, outer is null and alpha a number; with one, alpha is NaN', () => {
    for (const make of Object.values(bothClasses)) {
      const variables = [newVariable([0], [1])];
      const [without, withOuter] = [make(variables, {}), make(variables, { outer: tf.train.sgd(1) })];
      assert.is(without.subject.outer, null);
      assert.is(without.subject.alpha, 0.5);
      assert.ok(Number.isNaN(withOuter.subject.alpha));
      for (const { dispose } of [without, withOuter]) dispose();
    }
  });

  const step = (optimizer, gradients) =>
    tf.tidy(() =>
      optimizer.applyGradients(
        gradients.map(([w, value]) => ({ name: w.name, tensor: tf.fill(w.shape, value, 'float32') })),
      ),
    );

  test('pullbackMomentum reset: the inner momentum is zero after a merge, the outer one is not', async () => {
    const w = newVariable([0], [1]);
    const optimizer = lookahead(tf.train.momentum(1, 0.5), {
      k: 2,
      outer: tf.train.momentum(1, 0.5),
      pullbackMomentum: 'reset',
    });
    for (let i = 0; i < 2; ++i) step(optimizer, [[w, -1]]);
    assert.is(await number(w), 2.5, '1, then 1.5');
    assert.is(await number(optimizer.inner.accumulations[0].variable), 0);
    assert.is(await number(optimizer.outer.accumulations[0].variable), -2.5);
    for (let i = 0; i < 2; ++i) step(optimizer, [[w, -1]]);
    assert.is(await number(w), 6.25, '2.5 + 2.5 + 0.5 * 2.5');
    disposeWithOuter(optimizer);
  });

  test('pullbackMomentum none: the inner momentum goes on', async () => {
    const w = newVariable([0], [1]);
    const optimizer = lookahead(tf.train.momentum(1, 0.5), { k: 2, outer: tf.train.sgd(1), pullbackMomentum: 'none' });
    for (let i = 0; i < 3; ++i) step(optimizer, [[w, -1]]);
    assert.is(await number(w), 4.25, '1, 1.5, 1.75');
    disposeWithOuter(optimizer);
  });

  test('a Lookahead in a Lookahead, both with an outer optimizer', async () => {
    const w = newVariable([0], [1]);
    const inside = lookahead(tf.train.sgd(1), { k: 2, outer: tf.train.momentum(1, 0.5) });
    const optimizer = lookahead(inside, { k: 4, outer: tf.train.momentum(0.5, 0.5, true) });
    const seen = [];
    for (let i = 0; i < 8; ++i) {
      step(optimizer, [[w, -1]]);
      seen.push(await number(w));
    }
    // Inside: merges move by 2, 3, then 2 + 0.5 * (what it has accumulated), as the outer merge leaves its slow weight.
    // After step 4 inside is at 5: outside the gradient is -5, its accumulation -5, the step 0.5 * (5 + 2.5) = 3.75.
    assert.equal(seen.slice(0, 4), [1, 2, 3, 3.75]);
    // Inside's slow weight is still 5, the fast one 3.75 + 2: gradient -0.75, accumulation 0.5 * -3 - 0.75 = -2.25.
    assert.equal(seen.slice(4, 7), [4.75, 7.25, 8.25]);
    // Gradient -2, accumulation -3.125: 10.375. Outside: 3.75 - 10.375 = -6.625, accumulation -9.125, Nesterov 11.1875.
    assert.equal(seen.slice(7), [3.75 + 0.5 * (6.625 + 0.5 * 9.125)]);
    disposeWithOuter(optimizer);
  });

  test('a Lookahead as the outer optimizer: it looks ahead of the slow weights', async () => {
    for (const make of Object.values(bothClasses)) {
      const w = newVariable([0], [1]);
      const outer = lookahead(tf.train.sgd(1), { k: 2, alpha: 0.5 });
      const { subject, step, dispose } = make([w], { k: 1, outer });
      const seen = [];
      for (let i = 0; i < 4; ++i) {
        step([[2]]);
        seen.push(await number(w));
      }
      assert.equal(seen, [2, 2, 4, 4], 'every second merge goes half of the way back');
      assert.equal(outer.variables, subject.slowWeights);
      dispose();
    }
  });

  test('a model that is built again under one optimizer: slow weights and outer state start fresh', async () => {
    const optimizer = lookahead(tf.train.sgd(1), { k: 1, outer: tf.train.momentum(1, 0.5) });
    for (const start of [0, 10, 20]) {
      const [a, b] = [newVariable([start], [1]), newVariable([start + 1, start + 1], [2])];
      const { numTensors } = tf.memory();
      const seen = [];
      for (let i = 0; i < 3; ++i) {
        step(optimizer, [
          [a, -1],
          [b, -2],
        ]);
        seen.push(await number(a));
      }
      assert.equal(seen, [start + 1, start + 2.5, start + 4.25]);
      assert.is(await number(b), start + 1 + 2 * 4.25);
      assert.is(optimizer.slowWeights.length, 2);
      assert.is(optimizer.outer.accumulations.length, 2);
      if (start > 0) assert.is(tf.memory().numTensors, numTensors, 'instead of the model before');
      a.dispose();
      b.dispose();
    }
    disposeWithOuter(optimizer);
  });

  test('a variable that goes takes its outer state along, and the others keep theirs', async () => {
    const optimizer = lookahead(tf.train.sgd(1), { k: 1, outer: tf.train.momentum(1, 0.5) });
    const [a, b, c] = [0, 0, 0].map((v) => newVariable([v], [1]));
    const gradients = [
      [a, -1],
      [b, -2],
      [c, -4],
    ];
    step(optimizer, gradients);
    b.dispose();
    step(optimizer, [gradients[0], gradients[2]]);
    assert.equal([await number(a), await number(c)], [2.5, 10]);
    const d = newVariable([0], [1]);
    step(optimizer, [gradients[0], gradients[2], [d, -8]]);
    assert.equal([await number(a), await number(c), await number(d)], [4.25, 17, 8], 'd comes without a momentum');
    a.dispose();
    const e = newVariable([0], [1]); // takes the place of a in the inner optimizer
    step(optimizer, [gradients[2], [d, -8], [e, -16]]);
    assert.equal([await number(c), await number(d), await number(e)], [24.5, 20, 16], 'nor does e');
    disposeWithOuter(optimizer);
  });

  /** Goes against half of its gradient, and notes the names that it gets. */
  class HalfStep extends tf.Optimizer {
    static get className() {
      return 'HalfStep';
    }

    seen = [];

    applyGradients(gradients) {
      this.seen.push(Object.keys(gradients));
      tf.tidy(() => {
        for (const [name, gradient] of Object.entries(gradients)) {
          const variable = tf.engine().registeredVariables[name];
          variable.assign(tf.sub(variable, tf.mul(gradient, 0.5)));
        }
      });
      this.incrementIterations();
    }

    getConfig() {
      return {};
    }
  }

  test('an optimizer of the user’s own: it gets a map of gradients by the names of the slow weights', async () => {
    for (const make of Object.values(bothClasses)) {
      const [a, b] = [newVariable([0], [1]), newVariable([0, 0], [2])];
      const outer = new HalfStep();
      const { subject, step, dispose } = make([a, b], { k: 2, outer });
      for (let i = 0; i < 4; ++i) step([[3], [-3, 5]]);
      assert.equal(await valuesOf([a, b]), [new Float32Array([6]), new Float32Array([-6, 10])]);
      const names = subject.slowWeights.map(({ name }) => name);
      assert.equal(outer.seen, [names, names]);
      for (let i = 0; i < 2; ++i) step([null, [1, 1]]);
      assert.equal(outer.seen[2], names.slice(1), 'of a variable that nothing has moved there is none');
      for (let i = 0; i < 2; ++i) step([null, null]);
      assert.is(outer.seen.length, 3);
      dispose();
    }
  });

  if (exact)
    test('the gradient is slow - fast to the bit, in each variable', () => {
      class Recorder extends HalfStep {
        gradients = [];
        applyGradients(gradients) {
          this.gradients.push(Object.values(gradients).map((tensor) => tensor.dataSync().slice()));
        }
      }
      for (const make of Object.values(bothClasses)) {
        const outer = new Recorder();
        const variables = newVariables();
        const { step, dispose } = make(variables, { k: 1, outer });
        const before = variables.map((w) => w.dataSync().slice());
        step(randomLists(3));
        const after = before.map((values, i) => values.map((v, j) => Math.fround(v + randomLists(3)[i][j])));
        const expected = before.map((values, i) => values.map((v, j) => Math.fround(v - after[i][j])));
        assertValues(backend, outer.gradients[0], expected, 'gradient');
        assertValues(
          backend,
          variables.map((w) => w.dataSync()),
          before,
          'it did nothing, so back',
        );
        dispose();
      }
    });
});
