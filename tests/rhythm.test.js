/** Who decides when slow and fast weights meet, and where: `k: Infinity`, `adopt()`, `restart: false`. */
import { Lookahead, LookaheadOptimizer, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { disposeWithInner, innerOptimizers, testWith } from './support/inner-optimizers.js';
import { assertValues, bothClasses, disposeWithOuter } from './support/outer-optimizers.js';
import { assertSameWeights, isExact, merge, randomValues } from './support/reference.js';
import { assignValues, load, saved, smallData, smallModel, trainStep, valuesOf } from './support/small-model.js';
import { backends, tf } from './support/tf.js';
import { messageOf, wholeState } from './support/whole-state.js';

const { POSITIVE_INFINITY } = Number;
/** Not the class whose outer optimizer is fused: without an outer optimizer it is the same as Lookahead. */
const classes = Object.entries(bothClasses).filter(([name]) => !name.includes('fused'));
const number = async (tensor) => (await tensor.data())[0];
const pullbacks = { Momentum: 'pullback', 'RMSProp with momentum': 'pullback', Adam: 'pullback', Adamax: 'pullback' };

function disposeAll(...models) {
  for (const model of models) {
    const { optimizer } = model;
    model.dispose();
    disposeWithInner(optimizer);
  }
}

/** A test that trains a model: the stand-in of tfjs-node has too few ops for that. */
const testModelOn = (backend, test) =>
  backend === 'tensorflow' ? Object.assign((name) => test.skip(name), { skip: test.skip }) : test;

/** Two models whose optimizers `configs` make, equal so far. */
async function assertSameModels(actual, expected, message) {
  const values = (model) => valuesOf([...model.getWeights(), ...model.optimizer.slowWeights]);
  assertSameWeights(await values(actual), await values(expected), message);
}

/** On a GPU one stands for all. */
const innersOn = (backend) => (isExact(backend) ? innerOptimizers : { Adam: innerOptimizers.Adam });

onEachBackend('k: Infinity', (test, backend) => {
  const exact = isExact(backend);
  const testModel = testModelOn(backend, test);

  for (const [className, make] of classes) {
    test(`${className}: only flush() merges`, async () => {
      const w = newVariable([0], [1]);
      const { subject, step, dispose } = make([w], { k: POSITIVE_INFINITY, alpha: 0.5 });
      assert.is(subject.k, POSITIVE_INFINITY);
      for (let i = 1; i <= 60; ++i) {
        assert.not(step([[1]]));
        assert.is(subject.stepsInCycle, i);
      }
      assert.equal([await number(w), await number(subject.slowWeights[0])], [60, 0]);
      subject.flush();
      assert.equal([await number(w), await number(subject.slowWeights[0])], [30, 30]);
      assert.is(subject.stepsInCycle, 0);
      dispose();
    });

    test(`${className}: assigned in mid-cycle, and back`, async () => {
      const w = newVariable([0], [1]);
      const { subject, step, dispose } = make([w], { k: 2, alpha: 0.5 });
      step([[1]]);
      subject.k = POSITIVE_INFINITY;
      for (let i = 0; i < 4; ++i) step([[1]]);
      assert.is(await number(w), 5);
      subject.k = 2;
      step([[1]]);
      assert.equal([await number(w), subject.stepsInCycle], [3, 0], 'the cycle is longer than k, so it ends now');
      dispose();
    });
  }

  testModel('flush() at every k-th step is k', async () => {
    const data = smallData();
    const models = [3, POSITIVE_INFINITY].map((k) => smallModel(lookahead(tf.train.adam(0.01), { k, alpha: 0.3 })));
    for (let i = 1; i <= 10; ++i) {
      for (const model of models) trainStep(model, data);
      if (i % 3 === 0) models[1].optimizer.flush();
    }
    await assertSameModels(...models, 'flushed');
    disposeAll(...models);
  });

  testModel('an optimizer is saved and restored, also through JSON, where Infinity becomes null', async () => {
    const data = smallData();
    const model = smallModel(lookahead(tf.train.adam(0.01), { k: POSITIVE_INFINITY, alpha: 0.3 }));
    for (let i = 0; i < 4; ++i) trainStep(model, data);
    const artifacts = await saved(model);
    const resumed = await load(artifacts);
    assert.match(JSON.stringify(artifacts.trainingConfig), /"k":null/);
    assert.is(resumed.optimizer.k, POSITIVE_INFINITY);
    assert.is(resumed.optimizer.stepsInCycle, 4);
    for (let round = 0; round < 2; ++round) {
      for (const each of [model, resumed]) {
        for (let i = 0; i < 3; ++i) trainStep(each, data);
        each.optimizer.flush();
      }
    }
    await assertSameModels(resumed, model, 'resumed');
    disposeAll(model, resumed);
  });

  test('a Lookahead is saved and restored', async () => {
    const w = newVariable([0], [1]);
    const { subject, step, dispose } = bothClasses.Lookahead([w], { k: POSITIVE_INFINITY });
    for (let i = 0; i < 7; ++i) step([[1]]);
    const weights = subject.getWeights();
    dispose();
    const resumed = new Lookahead([w], { k: POSITIVE_INFINITY });
    resumed.setWeights(weights);
    tf.dispose(weights);
    assert.equal([resumed.step, resumed.stepsInCycle], [7, 7]);
    resumed.flush();
    assert.is(await number(w), 3.5);
    resumed.dispose();
  });

  if (!exact) return; // nothing that follows depends on who computes

  test('a config, straight and through JSON', () => {
    const optimizer = lookahead(tf.train.sgd(0.1), { k: POSITIVE_INFINITY });
    const config = optimizer.getConfig();
    assert.is(config.k, POSITIVE_INFINITY);
    for (const each of [config, JSON.parse(JSON.stringify(config))]) {
      const made = LookaheadOptimizer.fromConfig(LookaheadOptimizer, each);
      assert.is(made.k, POSITIVE_INFINITY);
      made.dispose();
    }
    const { k: _, ...withoutK } = config;
    const made = LookaheadOptimizer.fromConfig(LookaheadOptimizer, withoutK);
    assert.is(made.k, 5, 'that is not null');
    made.dispose();
    optimizer.dispose();
  });

  test('what is not it', async () => {
    const w = newVariable([0], [1]);
    const subject = new Lookahead([w]);
    for (const k of [Number.NEGATIVE_INFINITY, Number.NaN, 0, 2.5, null, 'Infinity']) {
      const says = /'k' is .*, but must be an integer of at least 1, or Infinity, with which only flush\(\) merges/;
      assert.throws(() => new Lookahead([w], { k }), says);
      assert.throws(() => {
        subject.k = k;
      }, says);
      assert.is(subject.k, 5);
    }
    subject.dispose();
  });
});

onEachBackend('adopt()', (test, backend) => {
  const exact = isExact(backend);
  const testModel = testModelOn(backend, test);

  for (const [className, make] of classes) {
    test(`${className}: what the variables hold are the slow weights, and a new cycle begins`, async () => {
      const [a, b] = [newVariable([0], [1]), newVariable([0, 0], [2])];
      const { subject, step, dispose } = make([a, b], { k: 3, alpha: 0.5 });
      for (let i = 0; i < 4; ++i) step([[1], [1, 1]]);
      assignValues([a, b], [[100], [200, 300]]);
      subject.adopt();
      assert.is(subject.stepsInCycle, 0);
      for (const weights of [[a, b], subject.slowWeights]) {
        assert.equal(await valuesOf(weights), [new Float32Array([100]), new Float32Array([200, 300])]);
      }
      for (let i = 0; i < 3; ++i) step([[1], [2, 4]]);
      assert.equal(await valuesOf([a, b]), [new Float32Array([101.5]), new Float32Array([203, 306])], 'half of three');
      assert.equal(subject.step ?? subject.iterations, 7, 'steps go on counting');
      dispose();
    });

    test(`${className}: the outer optimizer keeps its state`, async () => {
      const w = newVariable([0], [1]);
      const { subject, step, dispose } = make([w], { k: 1, outer: tf.train.momentum(1, 0.5) });
      for (let i = 0; i < 2; ++i) step([[1]]);
      assert.is(await number(w), 2.5);
      assignValues([w], [[100]]);
      subject.adopt();
      assert.is(subject.outer.iterations, 2);
      step([[1]]);
      assert.is(await number(w), 101.75, '1 + 0.5 * 1.5, as without');
      dispose();
    });

    test(`${className}: tensors that were held do not change, and none is left over`, async () => {
      const w = newVariable(randomValues(50, 1), [50]);
      const { subject, step, dispose } = make([w], { k: 2, alpha: 0.3 });
      step([randomValues(50, 2)]);
      subject.adopt();
      const { numTensors, numDataBuffers } = tf.memory();
      for (let i = 0; i < 4; ++i) {
        const held = [w, subject.slowWeights[0]].flatMap((weight) => [tf.reshape(weight, [5, 10]), weight.clone()]);
        const before = await valuesOf(held);
        assignValues([w], [randomValues(50, 3 + i)]);
        subject.adopt();
        for (let j = 0; j <= i; ++j) step([randomValues(50, 10 + j)]);
        assert.equal(await valuesOf(held), before);
        tf.dispose(held);
      }
      subject.adopt();
      assert.is(tf.memory().numTensors, numTensors);
      assert.is(tf.memory().numDataBuffers, numDataBuffers);
      dispose();
    });
  }

  testModel('after model.setWeights: training goes on as with a new Lookahead around what is inside', async () => {
    const data = smallData();
    const make = (inner = tf.train.sgd(0.1)) => lookahead(inner, { k: 3, alpha: 0.5 });
    const [model, expected] = [smallModel(make()), smallModel(make())];
    for (let i = 0; i < 4; ++i) trainStep(model, data);
    const weights = randomValues(13, 5);
    for (const each of [model, expected]) {
      let from = 0;
      tf.tidy(() =>
        each.setWeights(
          each.getWeights().map(({ size, shape }) => {
            from += size;
            return tf.tensor(weights.subarray(from - size, from), shape);
          }),
        ),
      );
    }
    model.optimizer.adopt();
    for (let i = 0; i < 7; ++i) for (const each of [model, expected]) trainStep(each, data);
    await assertSameModels(model, expected, 'adopted');
    disposeAll(model, expected);
  });

  test('without it, a merge pulls half-way back', async () => {
    const w = newVariable([0], [1]);
    const { step, dispose } = bothClasses['lookahead()']([w], { k: 1, alpha: 0.5 });
    assignValues([w], [[100]]);
    step([[2]]);
    assert.is(await number(w), 51);
    dispose();
  });

  test('cached momentum is taken as it is now', async () => {
    const w = newVariable([0], [1]);
    const optimizer = lookahead(tf.train.momentum(1, 0.5), { k: 2, alpha: 0.5, pullbackMomentum: 'pullback' });
    const step = () => tf.tidy(() => optimizer.applyGradients({ [w.name]: tf.tensor1d([1]) }));
    const momentum = () => number(optimizer.inner.accumulations[0].variable);
    step();
    assert.is(await momentum(), 1);
    optimizer.adopt();
    assert.is(await momentum(), 1, 'it stays');
    step();
    step();
    assert.is(await momentum(), 1.375, '1.5, 1.75: half-way back to 1, not to 0');
    disposeWithInner(optimizer);
  });

  test('a Lookahead inside adopts too, or its next merge would pull the weights back', async () => {
    const w = newVariable([0], [1]);
    const optimizer = lookahead(lookahead(tf.train.sgd(1), { k: 2, alpha: 0.5 }), { k: 4, alpha: 0.5 });
    const step = () => tf.tidy(() => optimizer.applyGradients({ [w.name]: tf.tensor1d([-2]) }));
    for (let i = 0; i < 3; ++i) step();
    assignValues([w], [[100]]);
    optimizer.adopt();
    assert.is(optimizer.inner.stepsInCycle, 0);
    step();
    step();
    assert.is(await number(w), 102, 'half of two steps');
    step();
    step();
    assert.is(await number(w), 102, '104, half-way back to 100');
    optimizer.dispose();
  });

  test('of variables that are gone nothing is left', async () => {
    const [a, b] = [newVariable([0], [1]), newVariable([0], [1])];
    const { subject, dispose } = bothClasses['lookahead()']([a, b], { k: 2 });
    a.dispose();
    assignValues([b], [[5]]);
    subject.adopt();
    assert.equal(subject.variables, [b]);
    assert.is(await number(subject.slowWeights[0]), 5);
    dispose();
  });

  for (const [name, inner] of Object.entries(innersOn(backend))) {
    testWith(
      name,
      backend,
      testModel,
    )(`${name}: saved after it in mid-cycle, the continued run equals the uninterrupted one`, async () => {
      const data = smallData();
      const config = { k: 3, alpha: 0.3, pullbackMomentum: pullbacks[name] };
      const model = smallModel(lookahead(inner(), config));
      for (let i = 0; i < 4; ++i) trainStep(model, data);
      assignValues(
        model.getWeights(),
        (await valuesOf(model.getWeights())).map((values) => values.map((v) => v / 2)),
      );
      model.optimizer.adopt();
      trainStep(model, data);
      const resumed = await load(await saved(model));
      for (let i = 0; i < 7; ++i) for (const each of [model, resumed]) trainStep(each, data);
      await assertSameModels(resumed, model, name);
      disposeAll(model, resumed);
    });
  }

  if (!exact) return; // nothing that follows depends on who computes

  test('before the first step there is nothing to adopt', () => {
    const optimizer = lookahead(tf.train.sgd(1));
    optimizer.adopt();
    assert.equal(optimizer.slowWeights, []);
    optimizer.dispose();
  });

  test('between getWeights() and its promise: the list is of before it', async () => {
    const w = newVariable([0], [1]);
    const { subject, step, dispose } = bothClasses['lookahead()']([w], { k: 9 });
    step([[1]]);
    const promise = subject.getWeights();
    subject.adopt();
    const list = await promise;
    const [slow] = list.filter(({ name }) => name.includes('/slow/'));
    assert.is(slow.tensor.dataSync()[0], 0);
    assert.is(subject.slowWeights[0].dataSync()[0], 1);
    list[0].tensor.dispose();
    dispose();
  });

  test('refused inside withSlowWeights, after dispose, of disposed variables, and while restored weights wait', async () => {
    for (const [className, make] of classes) {
      const w = newVariable([0], [1]);
      const { subject, step, dispose } = make([w], { k: 5 });
      step([[1]]);
      const before = await wholeState(subject);
      for (const fn of [() => subject.adopt(), async () => subject.adopt()]) {
        assert.match(
          await messageOf(() => subject.withSlowWeights(fn)),
          /\.adopt: called inside withSlowWeights, while the variables hold the slow weights\. Call it after/,
          className,
        );
        assert.equal(await wholeState(subject), before);
      }
      dispose();
      assert.match(
        await messageOf(() => subject.adopt()),
        /\.adopt: this (Lookahead|optimizer) was disposed\. Make a new one/,
      );
    }

    const w = newVariable([0], [1]);
    const loop = new Lookahead([w]);
    w.dispose();
    assert.match(
      await messageOf(() => loop.adopt()),
      /Lookahead\.adopt: 'variables\[0\]'.* was disposed; nothing was changed/,
    );
    loop.dispose();

    const v = newVariable([0], [1]);
    const { subject, step, dispose } = bothClasses['lookahead()']([v], {});
    step([[1]]);
    const list = await subject.getWeights();
    const restored = lookahead(tf.train.sgd(1));
    await restored.setWeights(list);
    list[0].tensor.dispose();
    const before = await wholeState(restored);
    const says = /LookaheadOptimizer\.adopt: the restored slow weights wait for their variables.* optimizer\.add\(/;
    assert.match(await messageOf(() => restored.adopt()), says);
    assert.equal(await wholeState(restored), before);
    restored.add([v]);
    assignValues([v], [[7]]);
    restored.adopt();
    assert.is(await number(restored.slowWeights[0]), 7);
    const setting = restored.setWeights(await restored.getWeights());
    assert.match(await messageOf(() => restored.adopt()), /adopt: setWeights\(\) has not finished/);
    await setting;
    restored.dispose();
    dispose();
  });
});

onEachBackend('restart: false', (test, backend) => {
  const exact = isExact(backend);
  const testModel = testModelOn(backend, test);

  for (const [className, make] of classes) {
    for (const alpha of [0, 0.25, 1]) {
      test(`${className}: alpha ${alpha}: the fast weights are untouched, the slow ones their average`, async () => {
        const sizes = [5, 1, 40];
        const lists = (seed) => sizes.map((n, i) => randomValues(n, 10 * seed + i));
        const [variables, alone] = [0, 1].map(() => lists(0).map((values, i) => newVariable(values, [sizes[i]])));
        const { subject, step, dispose } = make(variables, { k: 2, alpha, restart: false });
        const plain = make(alone, { k: POSITIVE_INFINITY });
        assert.is(subject.restart, false);
        let slow = lists(0);
        for (let i = 1; i <= 9; ++i) {
          for (const each of [step, plain.step]) each(lists(i));
          const fast = await valuesOf(variables);
          assertSameWeights(fast, await valuesOf(alone), `the fast weights after step ${i}`);
          if (i % 2 === 0) slow = slow.map((values, j) => merge(values, fast[j], alpha));
          assertValues(backend, await valuesOf(subject.slowWeights), slow, `the slow weights after step ${i}`);
          assert.is(subject.stepsInCycle, i % 2);
        }
        assertValues(backend, await subject.withSlowWeights(() => valuesOf(variables)), slow, 'withSlowWeights');
        assertSameWeights(await valuesOf(variables), await valuesOf(alone), 'and back');
        subject.flush();
        assertSameWeights(await valuesOf(variables), await valuesOf(alone), 'after flush()');
        for (const each of [dispose, plain.dispose]) each();
      });
    }

    test(`${className}: a merge leaves the fast weights in their buffers, and changes nothing that is held`, async () => {
      for (const alpha of [0, 0.3, 1]) {
        const w = newVariable(randomValues(100, 1), [100]);
        const { subject, step, dispose } = make([w], { k: 1, alpha, restart: false });
        const held = [];
        for (let i = 0; i < 4; ++i) {
          step([randomValues(100, 2 + i)]);
          const { dataId } = w;
          subject.flush();
          assert.is(w.dataId, dataId);
          for (const weight of [w, ...subject.slowWeights]) held.push(weight.clone(), tf.reshape(weight, [10, 10]));
          const before = await valuesOf(held);
          step([randomValues(100, 20 + i)]);
          subject.flush();
          assert.equal(await valuesOf(held), before);
        }
        dispose();
      }
    });
  }

  for (const [name, inner] of Object.entries(innersOn(backend))) {
    testWith(
      name,
      backend,
      testModel,
    )(`${name}: the model trains as with the bare optimizer, and its average is saved with it`, async () => {
      const data = smallData();
      const config = { k: 2, alpha: 0.1, restart: false };
      const model = smallModel(lookahead(inner(), config));
      const bare = smallModel(inner());
      for (let i = 0; i < 3; ++i) for (const each of [model, bare]) trainStep(each, data);
      const resumed = await load(await saved(model));
      assert.is(resumed.optimizer.restart, false);
      for (let i = 0; i < 5; ++i) for (const each of [model, resumed, bare]) trainStep(each, data);
      assertSameWeights(await valuesOf(model.getWeights()), await valuesOf(bare.getWeights()), 'as the bare one');
      await assertSameModels(resumed, model, 'resumed');
      assert.not.equal(await valuesOf(model.optimizer.slowWeights), await valuesOf(model.getWeights()));
      disposeAll(model, resumed);
      const { optimizer } = bare;
      bare.dispose();
      optimizer.dispose();
      if (name.startsWith('Momentum')) optimizer.c.dispose();
    });
  }

  test('alpha assigned to 0 and 1, and k, in mid-run', async () => {
    const w = newVariable([0], [1]);
    const { subject, step, dispose } = bothClasses.Lookahead([w], { k: 1, alpha: 0.5, restart: false });
    const slow = [];
    for (const [alpha, k] of [
      [0.5, 1],
      [1, 1],
      [0.5, 1],
      [0, 1],
      [0.5, 2],
      [0.5, 2],
    ]) {
      subject.alpha = alpha;
      subject.k = k;
      step([[1]]);
      slow.push(await number(subject.slowWeights[0]));
    }
    assert.equal(slow, [0.5, 2, 2.5, 2.5, 2.5, 4.25]);
    assert.is(await number(w), 6);
    dispose();
  });

  test('a variable that comes late, one that goes, and adopt()', async () => {
    const [a, b] = [newVariable([0], [1]), newVariable([10], [1])];
    const { subject, step, add, dispose } = bothClasses['lookahead()']([a], { k: 1, alpha: 0.5, restart: false });
    step([[4]]);
    add([b]);
    step([[4], [8]]);
    assert.equal(
      (await valuesOf(subject.slowWeights)).map(([v]) => v),
      [5, 14],
      '2, then half-way to 8; half-way to 18',
    );
    subject.adopt();
    assert.equal(
      (await valuesOf(subject.slowWeights)).map(([v]) => v),
      [8, 18],
    );
    a.dispose();
    tf.tidy(() => subject.applyGradients({ [b.name]: tf.tensor1d([-2]) }));
    assert.equal(await valuesOf([b, ...subject.slowWeights]), [new Float32Array([20]), new Float32Array([19])]);
    dispose();
  });

  if (!exact) return; // nothing that follows depends on who computes, or it takes long

  for (const [className, make] of classes) {
    test(`${className}: an exponential moving average of 1,000 steps equals one in plain JavaScript`, async () => {
      const n = 33;
      const f = Math.fround;
      const alpha = 0.001;
      const w = newVariable(randomValues(n, 1), [n]);
      const { subject, step, dispose } = make([w], { k: 1, alpha, restart: false });
      let [fast, average] = [randomValues(n, 1), randomValues(n, 1)];
      for (let i = 0; i < 1000; ++i) {
        const delta = randomValues(n, 2 + i);
        step([delta]);
        fast = fast.map((value, j) => f(value + delta[j]));
        average = average.map((value, j) => f(value + f(f(alpha) * f(fast[j] - value))));
      }
      assertSameWeights(await valuesOf([w, ...subject.slowWeights]), [fast, average], className);
      dispose();
    });
  }

  test('an average over cycles of another backend each is the same', async () => {
    const results = [];
    const others = backends.filter(isExact);
    for (const switching of [false, true]) {
      const w = newVariable(randomValues(50, 1), [50]);
      const { subject, step, dispose } = bothClasses['lookahead()']([w], { k: 2, alpha: 0.3, restart: false });
      for (let i = 0; i < 12; ++i) {
        if (switching) await tf.setBackend(others[i % others.length]);
        step([randomValues(50, 2 + i)]);
      }
      results.push(await valuesOf([w, ...subject.slowWeights]));
      dispose();
    }
    assertSameWeights(results[1], results[0], 'switched');
  });

  test('no tensor or byte too many, however often', () => {
    for (const [, make] of classes) {
      for (const alpha of [0, 0.5, 1]) {
        const w = newVariable(randomValues(50, 1), [50]);
        const { step, dispose } = make([w], { k: 1, alpha, restart: false });
        step([randomValues(50, 2)]);
        const { numTensors, numDataBuffers, numBytes } = tf.memory();
        tf.tidy(() => {
          for (let i = 0; i < 100; ++i) step([randomValues(50, 2)]);
        });
        const after = tf.memory();
        assert.equal([after.numTensors, after.numDataBuffers, after.numBytes], [numTensors, numDataBuffers, numBytes]);
        dispose();
      }
    }
  });

  test('what is no boolean, and what needs a restart', async () => {
    const [w, inner] = [newVariable([0], [1]), tf.train.momentum(1, 0.5)];
    for (const restart of [0, 'false', null, {}]) {
      const says = /'restart' is .*, but must be true or false\.$/;
      assert.match(await messageOf(() => new Lookahead([w], { restart })), says);
      assert.match(await messageOf(() => lookahead(inner, { restart })), says);
    }
    for (const pullbackMomentum of ['pullback', 'reset']) {
      const message = await messageOf(() => lookahead(inner, { restart: false, pullbackMomentum }));
      assert.match(
        message,
        new RegExp(`'pullbackMomentum' is '${pullbackMomentum}', but with 'restart' false .* Use 'none'`),
      );
    }
    disposeWithOuter(lookahead(inner, { restart: false, pullbackMomentum: 'none' })); // it is free still
  });
});
