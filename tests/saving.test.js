import { LookaheadOptimizer, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { disposeWithInner, innerOptimizers, testWith, withoutReplacedSlots } from './support/inner-optimizers.js';
import { assertSameWeights, isExact } from './support/reference.js';
import { assignValues, load, saved, smallData, smallModel, trainStep, valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';

const K = 3;
const CONTINUED = 5;

const state = async (model) => ({
  weights: await valuesOf(model.getWeights()),
  slow: await valuesOf(model.optimizer.slowWeights),
});

function assertSameState(actual, expected, message) {
  for (const kind of ['weights', 'slow']) {
    assertSameWeights(actual[kind], expected[kind], `${message}: ${kind}`);
  }
}

onEachBackend('saving a LookaheadOptimizer', (test, backend) => {
  const exact = isExact(backend);
  const inners = exact ? innerOptimizers : { Adam: innerOptimizers.Adam };
  const pullbacks = { Momentum: 'pullback', 'RMSProp with momentum': 'pullback', Adam: 'pullback', Adamax: 'pullback' };

  function disposeAll(model) {
    const { optimizer } = model;
    model.dispose();
    disposeWithInner(optimizer);
  }

  for (const [name, inner] of Object.entries(inners)) {
    for (let at = 0; at <= K + 1; ++at) {
      testWith(
        name,
        backend,
        test,
      )(`${name}, saved after step ${at}: the continued run equals the uninterrupted one`, async () => {
        const data = smallData();
        const model = smallModel(lookahead(inner(), { k: K, alpha: 0.3, pullbackMomentum: pullbacks[name] }));
        for (let i = 0; i < at; ++i) trainStep(model, data);
        model.optimizer.alpha = 0.4; // as a schedule would
        const artifacts = await saved(model);
        const resumed = await load(artifacts);
        assert.instance(resumed.optimizer, LookaheadOptimizer);
        assert.equal(resumed.optimizer.getConfig(), model.optimizer.getConfig());
        assert.is(resumed.optimizer.iterations, at);
        assert.is.not(resumed.getWeights()[0].name, model.getWeights()[0].name, 'the variables have other names');
        for (let i = 0; i < CONTINUED; ++i) {
          trainStep(model, data);
          trainStep(resumed, data);
        }
        assertSameState(await state(resumed), await state(model), name);
        assert.is(resumed.optimizer.iterations, at + CONTINUED);
        disposeAll(model);
        disposeAll(resumed);
      });
    }
  }

  test('nested: the continued run equals the uninterrupted one', async () => {
    const data = smallData();
    const inner = lookahead(tf.train.adam(0.01), { k: 2, alpha: 0.5, pullbackMomentum: 'pullback' });
    const model = smallModel(lookahead(inner, { k: 3, alpha: 0.3 }));
    for (let i = 0; i < 4; ++i) trainStep(model, data);
    const artifacts = await saved(model);
    const names = artifacts.weightSpecs.map(({ name }) => name);
    assert.is(new Set(names).size, names.length, 'no name comes twice, for duplicates would collapse');
    const resumed = await load(artifacts);
    for (let i = 0; i < 7; ++i) {
      trainStep(model, data);
      trainStep(resumed, data);
    }
    assertSameState(await state(resumed), await state(model), 'nested');
    disposeAll(model);
    disposeAll(resumed);
  });

  test('saved, loaded and saved again before a step, it is the same', async () => {
    const data = smallData();
    const model = smallModel(lookahead(tf.train.adam(0.01), { k: K, pullbackMomentum: 'pullback' }));
    for (let i = 0; i < 4; ++i) trainStep(model, data);
    const first = await saved(model);
    const loaded = await load(first);
    const second = await saved(loaded);
    assert.equal(new Uint8Array(second.weightData), new Uint8Array(first.weightData));
    assert.equal(second.trainingConfig, first.trainingConfig);
    const again = await load(second);
    for (let i = 0; i < 4; ++i) {
      trainStep(model, data);
      trainStep(again, data);
    }
    assertSameState(await state(again), await state(model), 'saved twice');
    for (const each of [model, loaded, again]) disposeAll(each);
  });

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
    assertSameState({ weights: seen, slow: [] }, { weights: slow, slow: [] }, 'inside');
    assertSameState({ weights: await valuesOf(loaded.getWeights()), slow: [] }, { weights: fast, slow: [] }, 'outside');
    disposeAll(model);
    disposeAll(loaded);
  });

  for (const units of [2, 1]) {
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
    ]) {
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
        for (const each of [model, once, twice]) disposeAll(each);
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
      for (const each of [model, loaded]) disposeAll(each);
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
      for (const each of [model, anew]) disposeAll(each);
    });
  }

  test('restored by name where the first step lists its variables in another order, or not all', async () => {
    const step = (optimizer, ...variables) =>
      tf.tidy(() =>
        optimizer.applyGradients(variables.map((w) => ({ name: w.name, tensor: tf.fill(w.shape, w.size, 'float32') }))),
      );
    const make = (suffix) => [1, 2, 3].map((n) => newVariable(new Float32Array(n).fill(n), [n], `w${n}${suffix}`));
    const [a, b, c] = make('');
    const optimizer = lookahead(tf.train.momentum(0.1, 0.9), { k: 3, alpha: 0.5 });
    for (let i = 0; i < 2; ++i) step(optimizer, a, b, c);
    const weights = await optimizer.getWeights();
    const { data, specs } = await tf.io.encodeWeights(weights);
    const values = await valuesOf([a, b, c]);
    weights[0].tensor.dispose(); // the scalar of saveIterations
    step(optimizer, c, a);
    step(optimizer, b);
    const expected = await valuesOf([a, b, c]);
    disposeWithInner(optimizer);

    const decoded = tf.io.decodeWeights(data, specs);
    assignValues([a, b, c], values);
    const resumed = lookahead(tf.train.momentum(0.1, 0.9), { k: 3, alpha: 0.5 });
    await resumed.setWeights(specs.map(({ name }) => ({ name, tensor: decoded[name] })));
    step(resumed, c, a);
    step(resumed, b);
    assertSameWeights(await valuesOf([a, b, c]), expected, 'variables');
    tf.dispose(decoded);
    disposeWithInner(resumed);
  });

  test('setWeights on an optimizer that is in use', async () => {
    const data = smallData();
    const model = smallModel(lookahead(tf.train.adamax(0.01), { k: K, pullbackMomentum: 'pullback' }));
    for (let i = 0; i < 4; ++i) trainStep(model, data);
    const artifacts = await saved(model);
    const values = await valuesOf(model.getWeights());
    const run = async () => {
      for (let i = 0; i < 4; ++i) trainStep(model, data);
      return state(model);
    };
    const expected = await run();
    const before = tf.memory().numTensors;
    const decoded = tf.io.decodeWeights(artifacts.weightData, artifacts.weightSpecs);
    tf.tidy(() => model.setWeights(model.getWeights().map((w, i) => tf.tensor(values[i], w.shape))));
    const list = artifacts.weightSpecs
      .filter(({ group }) => group === 'optimizer')
      .map(({ name }) => ({ name, tensor: decoded[name] }));
    await model.optimizer.setWeights(list);
    tf.dispose(decoded);
    assert.is(model.optimizer.slowWeights.length, 4, 'the variables are known still');
    assert.is(tf.memory().numTensors, before);
    assertSameState(await run(), expected, 'again');
    disposeAll(model);
  });

  for (const name of Object.keys(inners)) {
    testWith(
      name,
      backend,
      test,
    )(`${name}: setWeights of its own getWeights changes nothing`, async () => {
      const data = smallData();
      const models = [0, 1].map(() =>
        smallModel(lookahead(inners[name](), { k: K, alpha: 0.3, pullbackMomentum: pullbacks[name] })),
      );
      for (let i = 0; i < 4; ++i) for (const model of models) trainStep(model, data);
      const { optimizer } = models[0];
      await withoutReplacedSlots(optimizer, async () => optimizer.setWeights(await optimizer.getWeights()));
      for (let i = 0; i < 4; ++i) for (const model of models) trainStep(model, data);
      assertSameState(await state(models[0]), await state(models[1]), name);
      for (const model of models) disposeAll(model);
    });
  }

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
    const { slow } = await state(model);
    assertSameState({ weights: slow, slow: [] }, { weights: start, slow: [] }, 'slow weights');
    const merges = [];
    for (let i = 0; i < 2; ++i) {
      const before = await valuesOf(model.optimizer.slowWeights);
      trainStep(model, data);
      const after = await valuesOf(model.optimizer.slowWeights);
      merges.push(after.some((values, j) => values.some((v, l) => v !== before[j][l])));
    }
    assert.equal(merges, [true, false], 'steps 2 and 3 of the new cycle');
    disposeAll(model);
    const optimizer = bare.optimizer;
    bare.dispose();
    optimizer.dispose();
  });

  test('a wrong list is refused, and nothing changes', async () => {
    const data = smallData();
    const model = smallModel(lookahead(tf.train.adam(0.01), { k: K }));
    for (let i = 0; i < 4; ++i) trainStep(model, data);
    const other = smallModel(lookahead(tf.train.rmsprop(0.01), { k: K }));
    trainStep(other, data);
    const copied = (list) => list.map(({ name, tensor }) => ({ name, tensor: tf.clone(tensor) }));
    const weights = copied(await model.optimizer.getWeights());
    const others = copied(await other.optimizer.getWeights());
    const values = async () => valuesOf((await lists()).map(({ tensor }) => tensor));
    const lists = async () => {
      const list = await model.optimizer.getWeights();
      list[0].tensor.dispose();
      return list.slice(1);
    };
    const before = await values();
    const disposed = tf.scalar(0, 'int32');
    disposed.dispose();
    const counts = weights[weights.length - 1];
    const changed = (i, tensor) => weights.map((weight, j) => (j === i ? { ...weight, tensor } : weight));
    for (const [list, pattern] of [
      [undefined, /'weights' is undefined, but must be a list of named tensors/],
      [[], /'weights' is an empty array, but must be/],
      [others, /of a Lookahead around RMSProp, but this one is around Adam/],
      [weights.slice(1), /'weights\[0\]\.tensor' is float32 of shape \[2,3\], but must be int32 of shape \[\]/],
      [[...weights.slice(0, 3), ...weights.slice(-2)], /does not fit|stands where/],
      [[...weights.slice(0, -3), ...weights.slice(-2)], /does not fit/],
      [changed(0, disposed), /'weights\[0\]\.tensor' was disposed/],
      [changed(1, undefined), /'weights\[1\]\.tensor' is undefined/],
      [[weights[0], { tensor: weights[1].tensor }], /'weights\[1\]\.name' is undefined, but must be a string/],
      [changed(weights.length - 1, tf.scalar(1, 'int32')), /counts.* must be int32 of shape \[12\]/],
      [changed(weights.length - 1, tf.tensor1d([1, 2, 9, 2, 4, 0, 0, 0, 0, 0, 0, 0], 'int32')), /does not fit/],
      [
        changed(weights.length - 2, tf.zeros([7])),
        /the slow weight of '.*' is float32 of shape \[7\]|'the slow weight/,
      ],
    ]) {
      let message;
      await model.optimizer.setWeights(list).catch((error) => {
        ({ message } = error);
      });
      assert.match(message ?? 'not refused', pattern);
      const after = await values();
      assert.is(after.length, before.length);
      for (const [i, v] of after.entries()) assert.equal(v, before[i]);
      assert.is(model.optimizer.iterations, 4);
    }
    assert.is(counts.name, 'lookahead:1/counts/Adam');
    weights[0].tensor.dispose();
    others[0].tensor.dispose();
    disposeAll(model);
    disposeAll(other);
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

  /** Momentum, kept by name, which it lists in its own way; `iter` is not in it. */
  const listingMomenta = (Base, className) =>
    class extends Base {
      static get className() {
        return className;
      }

      factor = 0.5;
      momenta = new Map();

      applyGradients(gradients) {
        const list = Array.isArray(gradients)
          ? gradients.map(({ name, tensor }) => [name, tensor])
          : Object.entries(gradients);
        tf.tidy(() => {
          for (const [name, tensor] of list) {
            const w = tf.engine().registeredVariables[name];
            if (!this.momenta.has(name)) this.momenta.set(name, tf.variable(tf.zerosLike(w), false));
            const momentum = this.momenta.get(name);
            momentum.assign(tf.add(tf.mul(momentum, this.factor), tensor));
            w.assign(tf.sub(w, tf.mul(momentum, 0.125)));
          }
        });
        this.incrementIterations();
      }

      async getWeights() {
        return [...this.momenta].map(([name, tensor]) => ({ name: `${name}/momentum`, tensor }));
      }

      async setWeights(weights) {
        const nameOf = (name) => name.slice(0, name.lastIndexOf('/'));
        this.#empty();
        this.momenta = new Map(weights.map(({ name, tensor }) => [nameOf(name), tf.variable(tensor, false)]));
      }

      getConfig() {
        return { learningRate: 0.125 };
      }

      dispose() {
        this.#empty();
        super.dispose();
      }

      #empty() {
        for (const momentum of this.momenta.values()) momentum.dispose();
      }
    };

  class OwnMomenta extends listingMomenta(tf.Optimizer, 'OwnMomenta') {
    static fromConfig(cls) {
      return new cls();
    }
  }

  class OwnMomentaOfSGD extends listingMomenta(tf.SGDOptimizer, 'OwnMomentaOfSGD') {}

  class WithoutState extends OwnMomenta {
    static get className() {
      return 'WithoutState';
    }

    factor = 0;

    async getWeights() {
      return [];
    }

    async setWeights() {}
  }

  for (const Inner of [OwnMomenta, OwnMomentaOfSGD, WithoutState]) {
    tf.serialization.registerClass(Inner);
    const make = () => lookahead(new Inner(0.125), { k: 3, alpha: 0.25 });
    const step = (optimizer, variables) =>
      tf.tidy(() => optimizer.applyGradients(variables.map((w) => ({ name: w.name, tensor: tf.mul(w, 0.5) }))));

    test(`of the user’s own, ${Inner.className}: the continued run equals the uninterrupted one`, async () => {
      const variables = [newVariable([1, 2], [2]), newVariable([3], [1])];
      for (let at = 0; at <= 4; ++at) {
        const optimizer = make();
        for (let i = 0; i < at; ++i) step(optimizer, variables);
        const { data, specs } = await tf.io.encodeWeights(await optimizer.getWeights());
        const values = await valuesOf(variables);
        for (let i = 0; i < CONTINUED; ++i) step(optimizer, variables);
        const expected = await valuesOf(variables);

        assignValues(variables, values);
        const decoded = tf.io.decodeWeights(data, specs);
        const list = specs.map(({ name }) => ({ name, tensor: decoded[name] }));
        const resumed = make();
        await resumed.setWeights(list);
        for (let i = 0; i < CONTINUED; ++i) step(resumed, variables);
        assertSameWeights(await valuesOf(variables), expected, `saved after step ${at}`);
        tf.dispose(decoded);
        for (const each of [optimizer, resumed]) disposeWithInner(each);
      }
    });

    test(`of the user’s own, ${Inner.className}: its bare list is taken, too`, async () => {
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
      assertSameWeights(await valuesOf(variables), expected, Inner.className);
      bare.dispose();
      disposeWithInner(optimizer);
    });

    test(`of the user’s own, ${Inner.className}: in a model that is saved and loaded`, async () => {
      const data = smallData();
      const model = smallModel(make());
      trainStep(model, data);
      const loaded = await load(await saved(model));
      assert.instance(loaded.optimizer, LookaheadOptimizer);
      assert.is(loaded.optimizer.inner.getClassName(), Inner.className);
      assert.equal(loaded.optimizer.getConfig(), model.optimizer.getConfig());
      trainStep(loaded, data);
      assert.is(loaded.optimizer.stepsInCycle, 2);
      disposeAll(model);
      disposeAll(loaded);
    });
  }

  test('an inner optimizer of an unknown class, and one that cannot be saved', async () => {
    const config = { inner: { className: 'Mine', config: {} }, k: 5, alpha: 0.5, pullbackMomentum: 'none' };
    assert.throws(() => LookaheadOptimizer.fromConfig(LookaheadOptimizer, config), /'Mine', is unknown\. Register it/);
    const plain = { minimize() {}, computeGradients() {}, applyGradients() {} };
    let message;
    await lookahead(plain)
      .getWeights()
      .catch((error) => {
        ({ message } = error);
      });
    assert.ok(message);
  });
});
