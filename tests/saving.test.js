/** Saved and restored at any step, training goes on as if nothing had happened: inner and outer optimizers alike. */
import { Lookahead, LookaheadOptimizer, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { add, newVariable, onEachBackend } from './support/backends.js';
import { innerOptimizers, testWith, withoutReplacedSlots } from './support/inner-optimizers.js';
import { disposeWithOuter, outerOptimizers } from './support/outer-optimizers.js';
import * as own from './support/own-optimizers.js';
import { assertSameWeights, isExact } from './support/reference.js';
import { assertGoesOn, assertSameState, listOf, stateIn, stateOf, step, throughFile } from './support/saved-lists.js';
import { assignValues, load, saved, smallData, smallModel, trainStep, valuesOf } from './support/small-model.js';
import { brief, tf } from './support/tf.js';
import { messageOf, wholeState } from './support/whole-state.js';

const K = 3;
const pullbacks = { Momentum: 'pullback', 'RMSProp with momentum': 'pullback', Adam: 'pullback', Adamax: 'pullback' };
const inners = ['SGD', 'Momentum', 'Adam'];
const outers = ['SGD', 'Nesterov', 'Adam'];
const pairs = inners.flatMap((inner) => outers.map((outer) => [inner, outer]));
const outerOf = (name) => outerOptimizers[name].make();
const pair = (inner, outer, restart) => () =>
  lookahead(innerOptimizers[inner](), { k: K, outer: outerOf(outer), restart });

/** How a Lookahead is made: around each optimizer, with each outer one, and of Lookaheads. */
const makers = {
  ...Object.fromEntries(
    Object.entries(innerOptimizers).map(([name, inner]) => [
      name,
      () => lookahead(inner(), { k: K, alpha: 0.3, pullbackMomentum: pullbacks[name] }),
    ]),
  ),
  ...Object.fromEntries(
    pairs.flatMap(([inner, outer]) => [
      [`${inner} in ${outer}`, pair(inner, outer, true)],
      [`${inner} in ${outer}, no restart`, pair(inner, outer, false)],
    ]),
  ),
  'a Lookahead inside': () =>
    lookahead(lookahead(tf.train.adam(0.01), { k: 2, pullbackMomentum: 'pullback' }), { k: K, alpha: 0.3 }),
  'a Lookahead inside, each with an outer optimizer': () =>
    lookahead(lookahead(tf.train.adam(0.01), { k: 2, outer: outerOf('Nesterov') }), { k: K, outer: outerOf('Adam') }),
  'a Lookahead as the outer optimizer': () =>
    lookahead(tf.train.sgd(0.05), { k: 2, outer: lookahead(tf.train.momentum(0.5, 0.5), { k: 2 }) }),
};
/** What a list holds, and in which order, does not depend on the backend. */
const onGPU = ['Adam', 'Adam in Nesterov', 'a Lookahead inside'];

onEachBackend('saving', (test, backend) => {
  const exact = isExact(backend);
  /** In a brief run before the first step and within the second cycle; on a GPU, where a step takes long, the latter. */
  const stride = brief ? K + 1 : 1;
  const first = exact ? 0 : K + 1;
  /** How often a run goes on: two cycles, or to where it has merged again. */
  const further = exact ? 2 * K : K;

  function disposeAll(...models) {
    for (const model of models) {
      const { optimizer } = model;
      model.dispose();
      if (optimizer instanceof LookaheadOptimizer) disposeWithOuter(optimizer);
      else optimizer.dispose();
      if (optimizer.getClassName() === 'Momentum') optimizer.c.dispose();
    }
  }

  async function assertSameModels(actual, expected, message) {
    const [weights, others] = await Promise.all([actual, expected].map((model) => valuesOf(model.getWeights())));
    assertSameWeights(weights, others, message);
    await assertSameState(actual.optimizer, expected.optimizer, message);
  }

  function trained(make, at) {
    const variables = [newVariable([1, 2], [2]), newVariable([3, 4, 5], [3])];
    const optimizer = make();
    for (let i = 0; i < at; ++i) step(optimizer, variables);
    return { optimizer, variables };
  }

  for (const [name, make] of Object.entries(makers)) {
    if (!exact && !onGPU.includes(name)) continue;
    const testHere = testWith(name, backend, test);

    testHere(`${name}: a saved model goes on, at every step of two cycles`, async () => {
      const data = smallData();
      for (let at = first; at <= 2 * K; at += stride) {
        const model = smallModel(make());
        for (let i = 0; i < at; ++i) trainStep(model, data);
        if (!model.optimizer.outer) model.optimizer.alpha = 0.4; // as a schedule would
        const resumed = await load(await saved(model));
        assert.instance(resumed.optimizer, LookaheadOptimizer);
        assert.equal(resumed.optimizer.getConfig(), model.optimizer.getConfig());
        assert.equal((await stateOf(resumed.optimizer)).counters, (await stateOf(model.optimizer)).counters);
        assert.is(resumed.optimizer.iterations, at);
        assert.is.not(resumed.getWeights()[0].name, model.getWeights()[0].name, 'the variables have other names');
        for (let i = 0; i < further; ++i) for (const each of [model, resumed]) trainStep(each, data);
        await assertSameModels(resumed, model, `saved after step ${at}`);
        disposeAll(model, resumed);
      }
    });

    testHere(`${name}: a list restored in a new optimizer, and in its own, at every step of two cycles`, async () => {
      for (const restored of [make, (optimizer) => optimizer]) {
        for (let at = first; at <= 2 * K; at += stride)
          await assertGoesOn(trained(make, at), restored, `saved at ${at}`);
      }
    });

    testHere(`${name}: setWeights of its own getWeights changes nothing`, async () => {
      const { optimizer, variables } = trained(make, 4);
      const state = async () => [await valuesOf(variables), await stateOf(optimizer), tf.memory().numTensors];
      const before = await state();
      const list = await optimizer.getWeights();
      await optimizer.setWeights(list);
      list[0].tensor.dispose();
      before[2] += list.length - 1; // the list, until the next
      assert.equal(await state(), before);
      disposeWithOuter(optimizer);
    });

    testHere(`${name}: saved, loaded and saved again before a step, it is the same`, async () => {
      const data = smallData();
      const model = smallModel(make());
      for (let i = 0; i < 4; ++i) trainStep(model, data);
      const once = await saved(model);
      const loaded = await load(once);
      const second = await saved(loaded);
      const { weightSpecs } = once;
      assert.is(new Set(weightSpecs.map((spec) => spec.name)).size, weightSpecs.length, 'duplicates would collapse');
      assert.equal(new Uint8Array(second.weightData), new Uint8Array(once.weightData));
      assert.equal(second.trainingConfig, once.trainingConfig);
      const again = await load(second);
      for (let i = 0; i < K; ++i) for (const each of [model, again]) trainStep(each, data);
      await assertSameModels(again, model, 'saved twice');
      disposeAll(model, loaded, again);
    });
  }

  for (const [inner, outer] of exact ? pairs : [['Adam', 'Nesterov']]) {
    test(`${inner} in ${outer}: Lookahead's own getWeights and setWeights, at every step of two cycles`, async () => {
      const data = smallData();
      const wrap = (model) => new Lookahead(model.getWeights(true), { k: K, outer: outerOf(outer) });
      for (let at = first; at <= 2 * K; at += stride) {
        const models = [0, 1].map(() => smallModel(innerOptimizers[inner]()));
        const loops = models.map(wrap);
        const run = (steps) => {
          for (let i = 0; i < steps; ++i) {
            for (const model of models) trainStep(model, data);
            for (const loop of loops) loop.sync();
          }
        };
        run(at);
        const list = await throughFile(loops[0].getWeights());
        disposeWithOuter(loops[0]);
        loops[0] = wrap(models[0]);
        loops[0].setWeights(list);
        assert.is(loops[0].step, at);
        run(further);
        const [actual, expected] = await Promise.all(models.map((model) => valuesOf(model.getWeights())));
        assertSameWeights(actual, expected, `saved after step ${at}`);
        await assertSameState(...loops, `saved after step ${at}`);
        disposeAll(...models);
        for (const loop of loops) disposeWithOuter(loop);
      }
    });
  }

  for (const [name, { make }] of Object.entries(outerOptimizers)) {
    test(`${name}: setWeights of a Lookahead's own getWeights changes nothing, and the list is the user’s`, async () => {
      const fast = [newVariable([1, 2], [2]), newVariable([3], [1])];
      const loop = new Lookahead(fast, { k: 1, outer: make() });
      for (const w of fast) add(w, new Float32Array(w.size).fill(1));
      loop.sync();
      const { held, counters } = await stateOf(loop);
      const weights = loop.getWeights();
      loop.setWeights(weights);
      assert.equal(await stateOf(loop), { held, counters });
      const values = await valuesOf(weights.map(({ tensor }) => tensor));
      add(fast[0], [1, 1]);
      loop.sync();
      assert.equal(await valuesOf(weights.map(({ tensor }) => tensor)), values);
      tf.dispose(weights);
      disposeWithOuter(loop);
    });
  }
  for (const [what, change] of Object.entries({
    'a variable that came late, whose slot is not there yet': ({ optimizer, variables }) => {
      variables.push(newVariable([6], [1]));
      step(optimizer, variables); // merges, and then there is
      variables.push(newVariable([7, 8], [2]));
      step(optimizer, variables); // one that there is not
    },
    'a variable that is listed twice, and a checkpoint after others have gone': ({ optimizer, variables }) => {
      variables.shift().dispose();
      variables.push(newVariable([6], [1]), variables[0]);
      for (let i = 0; i < 3; ++i) step(optimizer, variables);
    },
  })) {
    test(what, async () => {
      for (const { make } of Object.values(outerOptimizers)) {
        const makeWith = () => lookahead(tf.train.sgd(1), { k: 2, outer: make() });
        const subject = trained(makeWith, 3);
        change(subject);
        await assertGoesOn(subject, makeWith);
      }
    });
  }

  test('right after loading, the variables can be named to evaluate on slow weights', async () => {
    const data = smallData();
    const model = smallModel(lookahead(tf.train.sgd(0.1), { k: 10 }));
    const slow = await valuesOf(model.getWeights());
    for (let i = 0; i < 4; ++i) trainStep(model, data);
    const fast = await valuesOf(model.getWeights());
    const loaded = await load(await saved(model));
    assert.throws(() => loaded.optimizer.withSlowWeights(() => {}), /optimizer\.add\(model\.getWeights\(true\)\)/);
    loaded.optimizer.add(loaded.getWeights(true));
    const seen = await loaded.optimizer.withSlowWeights(() => valuesOf(loaded.getWeights()));
    assertSameWeights(seen, slow, 'inside');
    assertSameWeights(await valuesOf(loaded.getWeights()), fast, 'outside');
    disposeAll(model, loaded);
  });

  // Which weight is whose is found by names and shapes: on a GPU one of each kind is enough.
  for (const units of exact ? [2, 1] : [2]) {
    /** Two layers whose shapes are the same, or not. */
    function twoLayers(optimizer) {
      const model = tf.sequential();
      model.add(tf.layers.dense({ units: 2, inputShape: [2], activation: 'tanh' }));
      model.add(tf.layers.dense({ units }));
      assignValues(model.getWeights(), [
        [0.1, 0.2, 0.3, 0.4],
        [0, 0],
        units === 2 ? [0.5, -0.6, 0.7, -0.8] : [0.5, -0.6],
        new Array(units).fill(0),
      ]);
      compile(model, optimizer);
      return model;
    }
    function compile(model, optimizer = model.optimizer) {
      model.compile({ optimizer, loss: 'meanSquaredError' });
    }
    async function train(model) {
      const x = smallData().x;
      const y = units === 2 ? tf.sin(x) : tf.sum(x, 1, true);
      await model.fit(x, y, { epochs: 3, batchSize: 8, shuffle: false, verbose: 0, yieldEvery: 'never' });
    }
    function freeze(model, ...areFrozen) {
      for (const [i, isFrozen] of areFrozen.entries()) model.layers[i].trainable = !isFrozen;
      compile(model);
    }
    const make = () => lookahead(tf.train.adam(0.05), { k: 4, pullbackMomentum: 'pullback' });
    const assertSame = async (model, other, message) =>
      assertSameWeights(await valuesOf(model.getWeights()), await valuesOf(other.getWeights()), message);

    for (const [what, prepare] of [
      ['a step', () => {}],
      ['add', ({ optimizer }, model) => optimizer.add(model.getWeights(true))],
      ['add in another order', ({ optimizer }, model) => optimizer.add(model.getWeights(true).reverse())],
    ].slice(exact ? 0 : -1)) {
      test(`layers of ${units} units, frozen, unfrozen, saved, loaded in the same page, continued by ${what}`, async () => {
        const model = twoLayers(make());
        freeze(model, true, false);
        await train(model);
        freeze(model, false, false);
        await train(model);
        const once = await load(await saved(model));
        prepare(once, once);
        const twice = await load(await saved(once));
        prepare(twice, twice);
        for (const each of [model, once, twice]) await train(each);
        await assertSame(once, model, 'loaded');
        await assertSame(twice, model, 'loaded, saved and loaded');
        disposeAll(model, once, twice);
      });
    }

    test(`layers of ${units} units, saved while one is frozen, unfrozen after loading in the same page`, async () => {
      const model = twoLayers(make());
      freeze(model, true, false);
      await train(model);
      const loaded = await load(await saved(model));
      for (const each of [model, loaded]) {
        freeze(each, false, false);
        await train(each);
      }
      await assertSame(loaded, model, 'continued');
      disposeAll(model, loaded);
    });

    test(`layers of ${units} units, frozen, unfrozen, saved; a model built anew in the same page has to name them`, async () => {
      const model = twoLayers(make());
      freeze(model, true, false);
      await train(model);
      freeze(model, false, false);
      await train(model);
      const weights = await model.optimizer.getWeights();
      const anew = twoLayers(make());
      assignValues(anew.getWeights(), await valuesOf(model.getWeights()));
      await anew.optimizer.setWeights(weights);
      weights[0].tensor.dispose();
      const before = await valuesOf(anew.getWeights());
      let message;
      await train(anew).catch((error) => {
        ({ message } = error);
      });
      const [first, second] = model.layers.map(({ name }) => `${name}/kernel, ${name}/bias`);
      assert.match(
        message ?? 'not refused',
        new RegExp(`Name the 4 that were saved, and no others, in their order.*: ${second}, ${first}\\.`),
      );
      assertSameWeights(await valuesOf(anew.getWeights()), before, 'nothing has changed');
      anew.optimizer.add([...anew.layers[1].getWeights(true), ...anew.layers[0].getWeights(true)]);
      for (const each of [model, anew]) await train(each);
      await assertSame(anew, model, 'continued');
      disposeAll(model, anew);
    });
  }

  test('restored by name where the first step lists its variables in another order, or not all', async () => {
    const make = () => lookahead(tf.train.momentum(0.1, 0.9), { k: 3, alpha: 0.5 });
    const [a, b, c] = [1, 2, 3].map((n) => newVariable(new Float32Array(n).fill(n), [n], `w${n}`));
    const run = async (optimizer) => {
      step(optimizer, [c, a]);
      step(optimizer, [b]);
      return valuesOf([a, b, c]);
    };
    const optimizer = make();
    for (let i = 0; i < 2; ++i) step(optimizer, [a, b, c]);
    const [list, values] = [await listOf(optimizer), await valuesOf([a, b, c])];
    const expected = await run(optimizer);
    assignValues([a, b, c], values);
    const resumed = make();
    await resumed.setWeights(list);
    assertSameWeights(await run(resumed), expected, 'variables');
    for (const each of [optimizer, resumed]) disposeWithOuter(each);
  });

  test('the weights of the bare inner optimizer start a fresh cycle', async () => {
    const data = smallData();
    const bare = smallModel(tf.train.adam(0.01));
    for (let i = 0; i < 3; ++i) trainStep(bare, data);
    const weights = await bare.optimizer.getWeights();
    const model = smallModel(lookahead(tf.train.adam(0.01), { k: 2, alpha: 1, pullbackMomentum: 'pullback' }));
    model.setWeights(bare.getWeights());
    await model.optimizer.setWeights(weights);
    weights[0].tensor.dispose();
    assert.is(model.optimizer.iterations, 3);
    const start = await valuesOf(bare.getWeights());
    trainStep(model, data);
    assertSameWeights(await valuesOf(model.optimizer.slowWeights), start, 'slow weights');
    const merges = [];
    for (let i = 0; i < 2; ++i) {
      const before = await valuesOf(model.optimizer.slowWeights);
      trainStep(model, data);
      const after = await valuesOf(model.optimizer.slowWeights);
      merges.push(after.some((values, j) => values.some((v, l) => v !== before[j][l])));
    }
    assert.equal(merges, [true, false], 'steps 2 and 3 of the new cycle');
    disposeAll(model, bare);
  });

  test('the list of a Lookahead inside is that of a bare inner optimizer', async () => {
    const data = smallData();
    const make = () => lookahead(lookahead(tf.train.adam(0.01), { k: 2 }), { k: 3 });
    const [model, other] = [smallModel(make()), smallModel(make())];
    for (let i = 0; i < 3; ++i) trainStep(model, data);
    other.setWeights(model.getWeights());
    await other.optimizer.setWeights(await model.optimizer.inner.getWeights());
    assert.equal([other.optimizer.iterations, other.optimizer.stepsInCycle], [3, 0]);
    assert.is(other.optimizer.inner.stepsInCycle, 1);
    for (const each of [model, other]) trainStep(each, data); // the inner ones merge
    assertSameWeights(await valuesOf(other.getWeights()), await valuesOf(model.getWeights()));
    disposeAll(model, other);
  });

  test('the list of a Lookahead inside, which has one inside, goes to its like', async () => {
    const middle = () => lookahead(lookahead(tf.train.momentum(0.1, 0.9), { k: 2 }), { k: 3 });
    const [from, to] = [middle(), lookahead(middle(), { k: 5 })];
    const w = newVariable([1, 2], [2]);
    const step = (optimizer) => tf.tidy(() => optimizer.applyGradients([{ name: w.name, tensor: tf.ones([2]) }]));
    for (let i = 0; i < 4; ++i) step(from);
    await to.setWeights(await from.getWeights());
    const inCycle = [to, to.inner, to.inner.inner].map(({ stepsInCycle }) => stepsInCycle);
    assert.equal(inCycle, [0, from.stepsInCycle, from.inner.stepsInCycle]);
    to.add([w]);
    assert.equal(await valuesOf(to.inner.slowWeights), await valuesOf(from.slowWeights));
    assert.equal(await valuesOf(to.slowWeights), await valuesOf([w]));
    for (const { inner } of [from.inner, to.inner.inner]) inner.c.dispose();
    for (const each of [from, to]) each.dispose();
  });

  test('the weights of the bare inner optimizer empty the outer one', async () => {
    for (const [name, { make }] of Object.entries(outerOptimizers)) {
      const bare = tf.train.momentum(0.1, 0.5);
      const [fresh, used] = [0, 1].map(() =>
        trained(() => lookahead(tf.train.momentum(0.1, 0.5), { k: 2, outer: make() }), 0),
      );
      const variables = [newVariable([1, 2], [2]), newVariable([3, 4, 5], [3])];
      for (let i = 0; i < 3; ++i) step(bare, variables);
      const weights = await bare.getWeights();
      for (let i = 0; i < 3; ++i) step(used.optimizer, used.variables);
      for (const each of [fresh, used]) {
        await withoutReplacedSlots(each.optimizer, () => each.optimizer.setWeights(weights));
        assignValues(each.variables, await valuesOf(variables));
        for (let i = 0; i < 5; ++i) step(each.optimizer, each.variables);
      }
      weights[0].tensor.dispose();
      const [expected, actual] = [await valuesOf(fresh.variables), await valuesOf(used.variables)];
      assertSameWeights(actual, expected, name);
      const [{ held }, state] = [await stateOf(used.optimizer), await stateOf(fresh.optimizer)];
      assertSameWeights(held, state.held, name);
      for (const { optimizer } of [fresh, used]) disposeWithOuter(optimizer);
      bare.dispose();
      bare.c.dispose();
    }
  });

  test('a restored slow weight of another shape than its variable is refused before the step', async () => {
    const [w, wrong] = [newVariable([1, 2], [2]), newVariable([1, 2, 3], [3])];
    const step = (optimizer, variable) =>
      tf.tidy(() => optimizer.applyGradients({ [variable.name]: tf.ones(variable.shape) }));
    const optimizer = lookahead(tf.train.sgd(1));
    step(optimizer, w);
    const weights = await optimizer.getWeights();
    const restored = lookahead(tf.train.sgd(1));
    await restored.setWeights(weights);
    weights[0].tensor.dispose();
    assert.throws(
      () => step(restored, wrong),
      /the restored slow weight of .* is float32 of shape \[2\], but must be .*\[3\]/,
    );
    assert.equal([...(await wrong.data())], [1, 2, 3]);
    optimizer.dispose();
    restored.dispose();
  });

  /** It may be on its way to a reader, and on a GPU goes once it has been read. Reads are answered in their order. */
  async function formerListIsGone(tensor) {
    const nextTurn = () => new Promise((resolve) => setTimeout(resolve));
    await nextTurn();
    const computed = tf.neg(tensor);
    await computed.data();
    computed.dispose();
    await nextTurn();
  }

  test('a save leaks nothing, not even what tfjs leaks, a scalar', async () => {
    const data = smallData();
    const model = smallModel(lookahead(tf.train.adam(0.01), { k: K, pullbackMomentum: 'pullback' }));
    trainStep(model, data);
    await model.optimizer.getWeights(); // a list is there until the next
    const before = tf.memory().numTensors;
    for (let i = 1; i <= 3; ++i) {
      await saved(model);
      await formerListIsGone(data.x);
      assert.is(tf.memory().numTensors, before);
    }
    disposeAll(model);
  });

  for (const [role, classes, make] of [
    [
      'inner',
      [own.Listed, own.ListedOfSGD, own.ListedWithoutState],
      (Inner) => lookahead(new Inner(0.125), { k: K, alpha: 0.25 }),
    ],
    [
      'outer',
      [own.Listed, own.ListedWithoutState, own.InSlots, own.InProperty],
      (Outer) => lookahead(tf.train.sgd(1), { k: 2, outer: new Outer() }),
    ],
  ]) {
    for (const Own of classes) {
      test(`${role} of the user’s own, ${Own.name}: the continued run equals the uninterrupted one`, async () => {
        for (const restored of [() => make(Own), (optimizer) => optimizer]) {
          for (let at = 0; at <= 5; ++at) {
            if (Own === own.InSlots && at < 2) continue; // it has none yet
            const variables = [newVariable(2, []), newVariable([3, 4, 5], [3])];
            const optimizer = make(Own);
            for (let i = 0; i < at; ++i) step(optimizer, variables);
            await assertGoesOn({ optimizer, variables }, restored, `saved at ${at}`);
          }
        }
      });
    }
  }

  for (const Inner of [own.Listed, own.ListedOfSGD, own.ListedWithoutState]) {
    test(`inner of the user’s own, ${Inner.name}: its bare list is taken, too`, async () => {
      const variables = [newVariable([1, 2], [2]), newVariable([3], [1])];
      const bare = new Inner(0.125);
      for (let i = 0; i < 3; ++i) step(bare, variables);
      const optimizer = lookahead(new Inner(0.125), { alpha: 1 });
      await optimizer.setWeights(await bare.getWeights());
      const values = await valuesOf(variables);
      step(bare, variables);
      const expected = await valuesOf(variables);
      assignValues(variables, values);
      step(optimizer, variables);
      assertSameWeights(await valuesOf(variables), expected, Inner.name);
      bare.dispose();
      optimizer.dispose();
    });

    test(`inner of the user’s own, ${Inner.name}: in a model that is saved and loaded`, async () => {
      const data = smallData();
      const model = smallModel(lookahead(new Inner(0.125), { k: K, alpha: 0.25 }));
      trainStep(model, data);
      const loaded = await load(await saved(model));
      assert.instance(loaded.optimizer, LookaheadOptimizer);
      assert.instance(loaded.optimizer.inner, Inner);
      assert.equal(loaded.optimizer.getConfig(), model.optimizer.getConfig());
      trainStep(loaded, data);
      assert.is(loaded.optimizer.stepsInCycle, 2);
      disposeAll(model, loaded);
    });
  }

  test('of the user’s own, in a Lookahead: the continued run equals the uninterrupted one', async () => {
    for (const Outer of [own.InSlots, own.InProperty]) {
      const variables = [newVariable(2, []), newVariable([3, 4, 5], [3])];
      let subject = new Lookahead(variables, { k: 2, outer: new Outer() });
      const run = async (steps) => {
        for (let i = 0; i < steps; ++i) {
          for (const w of variables) tf.tidy(() => w.assign(tf.mul(w, 0.5)));
          subject.sync();
        }
        return valuesOf([...variables, ...subject.slowWeights]);
      };
      await run(3);
      const [values, list] = [await valuesOf(variables), subject.getWeights()];
      const expected = await run(5);
      subject.dispose();
      subject = new Lookahead(variables, { k: 2, outer: new Outer() });
      subject.setWeights(list);
      tf.dispose(list);
      assignValues(variables, values);
      assertSameWeights(await run(5), expected, Outer.name);
      subject.dispose();
    }
  });

  test('of the user’s own, whose state nobody can tell: a save says so', async () => {
    const refusedInLoop =
      /getWeights: 'outer' is of a class of its own, which alone knows its state\. Use lookahead\(\)/;
    const w = newVariable([0], [1]);
    for (const Outer of [own.WithoutState, own.InMap]) {
      const optimizer = lookahead(tf.train.sgd(1), { outer: new Outer() });
      const loop = new Lookahead([w], { outer: new Outer() });
      const says =
        /getWeights: the outer optimizer cannot be saved, since .* Give it getWeights\(\) and setWeights\(\)/;
      assert.match(await messageOf(() => optimizer.getWeights()), says);
      assert.match(await messageOf(() => loop.getWeights()), refusedInLoop);
      for (const each of [optimizer, loop]) each.dispose();
    }
    for (const outer of [new own.Listed(), lookahead(tf.train.sgd(1))]) {
      const loop = new Lookahead([w], { outer });
      assert.match(await messageOf(() => loop.getWeights()), refusedInLoop);
      loop.dispose();
    }
  });

  class Choosy extends own.Listed {
    async getWeights() {
      if (this.isSecretive) throw new Error('I would rather not.');
      return super.getWeights();
    }

    async setWeights() {
      throw new Error('I would rather not.');
    }
  }

  for (const [where, makeInner] of Object.entries({
    'around Adam': () => tf.train.adam(0.1),
    'around a Lookahead': () => lookahead(tf.train.adam(0.1), { k: 3 }),
  })) {
    test(`of the user’s own, ${where}, that refuses its weights: nothing has changed`, async () => {
      const { optimizer, variables } = trained(() => lookahead(makeInner(), { k: 2, outer: new Choosy() }), 3);
      const list = await listOf(optimizer);
      step(optimizer, variables);
      const before = await wholeState(optimizer);
      assert.is(await messageOf(() => optimizer.setWeights(list)), 'I would rather not.');
      assert.equal(await wholeState(optimizer), before);
      disposeWithOuter(optimizer);
    });

    test(`of the user’s own, ${where}, that cannot be saved: nothing has changed`, async () => {
      const { optimizer } = trained(() => lookahead(makeInner(), { k: 2, outer: new Choosy() }), 3);
      optimizer.outer.isSecretive = true;
      const before = await wholeState(optimizer);
      assert.is(await messageOf(() => optimizer.getWeights()), 'I would rather not.');
      assert.equal(await wholeState(optimizer), before);
      disposeWithOuter(optimizer);
    });
  }

  test('a step between getWeights() and its promise: the list is of one moment, and tensors of the user’s stay', async () => {
    for (const outer of [new own.Listed(), outerOf('Adam')]) {
      const { optimizer, variables } = trained(() => lookahead(tf.train.sgd(1), { k: 2, outer }), 3);
      const promise = optimizer.getWeights();
      step(optimizer, variables);
      const list = await promise;
      const { step: steps, stepsInCycle } = stateIn(list);
      // One that alone knows its list has to be asked first.
      assert.equal([steps, stepsInCycle], outer.constructor === own.Listed ? [4, 0] : [3, 1]);
      for (const { name, tensor } of list) assert.not(tensor.isDisposed, name);
      list[0].tensor.dispose();
      disposeWithOuter(optimizer);
    }
  });

  test('an inner optimizer of an unknown class, and one that cannot be saved', async () => {
    const config = { inner: { className: 'Mine', config: {} }, k: 5, alpha: 0.5, pullbackMomentum: 'none' };
    assert.throws(() => LookaheadOptimizer.fromConfig(LookaheadOptimizer, config), /'Mine', is unknown\. Register it/);
    const plain = { minimize() {}, computeGradients() {}, applyGradients() {} };
    assert.ok(await messageOf(() => lookahead(plain).getWeights()));
  });

  if (!exact) return; // nothing that follows depends on who computes

  test('a frozen layer, whose outer momentum waits: at every step of two cycles', async () => {
    for (const { make } of Object.values(outerOptimizers)) {
      for (let frozenFor = 0; frozenFor <= 4; ++frozenFor) {
        const subject = () => lookahead(tf.train.sgd(0.5), { k: 2, outer: make() });
        const variables = [newVariable([1, 2], [2]), newVariable([3, 4, 5], [3])];
        const optimizer = subject();
        for (let i = 0; i < 5; ++i) step(optimizer, variables);
        for (let i = 0; i < frozenFor; ++i) step(optimizer, variables.slice(1));
        const [list, values] = [await listOf(optimizer), await valuesOf(variables)];
        const run = async (each) => {
          each.add(variables);
          for (let i = 0; i < 3; ++i) step(each, variables.slice(1));
          for (let i = 0; i < 4; ++i) step(each, variables);
          return valuesOf([...variables, ...each.slowWeights]);
        };
        const expected = await run(optimizer);
        const resumed = subject();
        await resumed.setWeights(list);
        assignValues(variables, values);
        assertSameWeights(await run(resumed), expected, `frozen for ${frozenFor}`);
        for (const each of [optimizer, resumed]) disposeWithOuter(each);
      }
    }
  });
});
