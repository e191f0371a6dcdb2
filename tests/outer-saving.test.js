/** The state of an outer optimizer is saved and restored with everything else. */
import { Lookahead, LookaheadOptimizer, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { add, newVariable, onEachBackend } from './support/backends.js';
import { withoutReplacedSlots } from './support/inner-optimizers.js';
import { disposeWithOuter, outerOptimizers } from './support/outer-optimizers.js';
import { assertSameWeights, isExact } from './support/reference.js';
import { assignValues, load, saved, smallData, smallModel, trainStep, valuesOf } from './support/small-model.js';
import { brief, tf } from './support/tf.js';
import { messageOf, wholeState } from './support/whole-state.js';

const K = 3;
const inners = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.05, 0.9),
  adam: () => tf.train.adam(0.01),
};
const outers = {
  sgd: outerOptimizers.SGD.make,
  nesterov: outerOptimizers.Nesterov.make,
  adam: outerOptimizers.Adam.make,
};

/** The values of all variables that an optimizer holds, and how often it has stepped. */
async function stateOf(optimizer) {
  const slots = Object.values(optimizer).flatMap((value) => (Array.isArray(value) ? value : []));
  const single = Object.values(optimizer).filter((value) => value instanceof tf.Variable);
  return [...(await valuesOf([...single, ...slots.map(({ variable }) => variable)])), optimizer.iterations];
}

onEachBackend('saving an outer optimizer', (test, backend) => {
  const exact = isExact(backend);
  /** In a brief run before the first step and within the second cycle. */
  const stride = brief ? K + 1 : 1;
  const pairs = Object.keys(inners).flatMap((inner) => Object.keys(outers).map((outer) => [inner, outer]));

  async function assertSameRuns(models, message) {
    const [actual, expected] = await Promise.all(
      models.map(({ optimizer, weights }) => valuesOf([...weights, ...optimizer.slowWeights])),
    );
    assertSameWeights(actual, expected, message);
    const [state, expectedState] = await Promise.all(models.map(({ optimizer }) => stateOf(optimizer.outer)));
    assert.equal(state, expectedState, `${message}: what the outer optimizer holds`);
  }

  const ofModel = (model) => ({ optimizer: model.optimizer, weights: model.getWeights() });

  function disposeAll(...models) {
    for (const model of models) {
      const { optimizer } = model;
      model.dispose();
      disposeWithOuter(optimizer);
    }
  }

  for (const [inner, outer] of exact ? pairs : [['adam', 'nesterov']]) {
    const make = (restart = true) => lookahead(inners[inner](), { k: K, outer: outers[outer](), restart });

    for (const restart of [true, false]) {
      test(`${inner} in ${outer}${restart ? '' : ', no restart'}: a saved model goes on, at every step of two cycles`, async () => {
        const data = smallData();
        for (let at = 0; at <= 2 * K; at += stride) {
          const model = smallModel(make(restart));
          for (let i = 0; i < at; ++i) trainStep(model, data);
          const resumed = await load(await saved(model));
          assert.instance(resumed.optimizer, LookaheadOptimizer);
          assert.equal(resumed.optimizer.getConfig(), model.optimizer.getConfig());
          assert.is(resumed.optimizer.outer.iterations, Math.floor(at / K));
          for (let i = 0; i < 2 * K; ++i) for (const each of [model, resumed]) trainStep(each, data);
          await assertSameRuns([resumed, model].map(ofModel), `saved after step ${at}`);
          disposeAll(model, resumed);
        }
      });
    }

    test(`${inner} in ${outer}: getWeights and setWeights, at every step of two cycles`, async () => {
      const data = smallData();
      const model = smallModel(make());
      for (let at = 0; at <= 2 * K; at += stride) {
        const weights = await model.optimizer.getWeights();
        const { data: bytes, specs } = await tf.io.encodeWeights(weights);
        weights[0].tensor.dispose();
        const names = specs.map(({ name }) => name);
        assert.is(new Set(names).size, names.length, 'no name comes twice, for duplicates would collapse');
        const values = await valuesOf(model.getWeights());
        const decoded = tf.io.decodeWeights(bytes, specs);
        const resumed = make();
        await resumed.setWeights(names.map((name) => ({ name, tensor: decoded[name] })));
        tf.dispose(decoded);
        for (let i = 0; i < 2 * K; ++i) trainStep(model, data);
        const uninterrupted = await valuesOf([...model.getWeights(), ...model.optimizer.slowWeights]);
        const state = await stateOf(model.optimizer.outer);
        // In the same variables, so it is found by name.
        assignValues(model.getWeights(), values);
        for (let i = 0; i < 2 * K; ++i) trainStep(model, data, resumed);
        assertSameWeights(await valuesOf([...model.getWeights(), ...resumed.slowWeights]), uninterrupted, `at ${at}`);
        assert.equal(await stateOf(resumed.outer), state, `at ${at}: what the outer optimizer holds`);
        disposeWithOuter(resumed);
        trainStep(model, data);
      }
      disposeAll(model);
    });

    test(`${inner} in ${outer}: Lookahead's own getWeights and setWeights, at every step of two cycles`, async () => {
      const data = smallData();
      const config = () => ({ k: K, outer: outers[outer]() });
      for (let at = 0; at <= 2 * K; at += stride) {
        const runs = [0, 1].map(() => {
          const model = smallModel(inners[inner]());
          return { model, weights: model.getWeights(), optimizer: new Lookahead(model.getWeights(true), config()) };
        });
        const [resumed] = runs;
        const step = () => {
          for (const { model, optimizer } of runs) {
            trainStep(model, data);
            optimizer.sync();
          }
        };
        for (let i = 0; i < at; ++i) step();
        const { data: bytes, specs } = await tf.io.encodeWeights(resumed.optimizer.getWeights());
        disposeWithOuter(resumed.optimizer);
        const decoded = tf.io.decodeWeights(bytes, specs);
        resumed.optimizer = new Lookahead(resumed.model.getWeights(true), config());
        resumed.optimizer.setWeights(specs.map(({ name }) => ({ name, tensor: decoded[name] })));
        tf.dispose(decoded);
        assert.is(resumed.optimizer.step, at);
        for (let i = 0; i < 2 * K; ++i) step();
        await assertSameRuns(runs, `saved after step ${at}`);
        for (const { model, optimizer } of runs) {
          const bare = model.optimizer;
          model.dispose();
          bare.dispose();
          if (inner === 'momentum') bare.c.dispose();
          disposeWithOuter(optimizer);
        }
      }
    });
  }

  /** Two variables, stepped twice with a cycle of two, unless said otherwise. */
  function trained(config, { steps = 3, inner = tf.train.sgd(1) } = {}) {
    const variables = [newVariable([1, 2], [2]), newVariable([3, 4, 5], [3])];
    const optimizer = lookahead(inner, { k: 2, ...config });
    for (let i = 0; i < steps; ++i) step(optimizer, variables);
    return { optimizer, variables };
  }

  const step = (optimizer, variables) =>
    tf.tidy(() => optimizer.applyGradients(variables.map((w) => ({ name: w.name, tensor: tf.mul(w, 0.5) }))));

  /** The list as copies, since it is disposed when the next is made. */
  async function listOf(optimizer) {
    const weights = await optimizer.getWeights();
    const list = [];
    for (const { name, tensor } of weights) {
      list.push({ name, tensor: tf.tensor((await tensor.data()).slice(), tensor.shape, tensor.dtype) });
    }
    // The scalars that tfjs makes for each list.
    for (const { name, tensor } of weights) if (/(^|\/)iter$/.test(name)) tensor.dispose();
    return list;
  }

  /** Saves, goes on, then does the same from the list in what `restored` gives: the same weights come out. */
  async function assertGoesOn({ optimizer, variables }, restored, steps = 5) {
    const list = await listOf(optimizer);
    const values = await valuesOf(variables);
    const run = async (each) => {
      for (let i = 0; i < steps; ++i) step(each, variables);
      return valuesOf([...variables, ...each.slowWeights]);
    };
    const expected = await run(optimizer);
    const resumed = restored(optimizer);
    // Its slow weights would have the names that an optimizer of the user's own may go by.
    if (resumed !== optimizer) disposeWithOuter(optimizer);
    const restore = () => resumed.setWeights(list);
    await (resumed.outer.inner ? withoutReplacedSlots(resumed.outer, restore) : restore());
    assignValues(variables, values);
    assertSameWeights(await run(resumed), expected, 'resumed');
    disposeWithOuter(resumed);
  }

  for (const [name, { make }] of Object.entries(outerOptimizers)) {
    test(`${name}: a list restored in the optimizer that it is of, and nothing is left over`, async () => {
      for (let steps = 0; steps <= 4; ++steps) {
        await assertGoesOn(trained({ outer: make() }, { steps }), (optimizer) => optimizer);
      }
    });

    test(`${name}: setWeights of its own getWeights changes nothing`, async () => {
      const { optimizer, variables } = trained({ outer: make() });
      const state = async () => [
        await valuesOf([...variables, ...optimizer.slowWeights]),
        await stateOf(optimizer.outer),
        optimizer.stepsInCycle,
        tf.memory().numTensors,
      ];
      const before = await state();
      const list = await optimizer.getWeights();
      await optimizer.setWeights(list);
      list[0].tensor.dispose();
      before[3] += list.length - 1; // the list, until the next
      assert.equal(await state(), before);
      disposeWithOuter(optimizer);

      const fast = [newVariable([1, 2], [2]), newVariable([3], [1])];
      const loop = new Lookahead(fast, { k: 1, outer: make() });
      for (const w of fast) add(w, new Float32Array(w.size).fill(1));
      loop.sync();
      const held = await stateOf(loop.outer);
      const weights = loop.getWeights();
      loop.setWeights(weights);
      assert.equal(await stateOf(loop.outer), held);
      add(fast[0], [1, 1]);
      loop.sync();
      assert.equal(
        await valuesOf(weights.slice(fast.length, -1).map(({ tensor }) => tensor)),
        held.slice(0, -1),
        'the list is the user’s',
      );
      tf.dispose(weights);
      disposeWithOuter(loop);
    });
  }

  test('a variable that came late, whose slot is not there yet', async () => {
    for (const { make } of Object.values(outerOptimizers)) {
      const { optimizer, variables } = trained({ outer: make() });
      variables.push(newVariable([6], [1]));
      step(optimizer, variables); // merges, and then there is
      const late = newVariable([7, 8], [2]);
      variables.push(late);
      step(optimizer, variables); // one that there is not
      await assertGoesOn({ optimizer, variables }, () => lookahead(tf.train.sgd(1), { k: 2, outer: make() }));
    }
  });

  test('a variable that is listed twice, and a checkpoint after others have gone', async () => {
    for (const { make } of Object.values(outerOptimizers)) {
      const { optimizer, variables } = trained({ outer: make() });
      variables.shift().dispose();
      variables.push(newVariable([6], [1]), variables[0]);
      for (let i = 0; i < 3; ++i) step(optimizer, variables);
      await assertGoesOn({ optimizer, variables }, () => lookahead(tf.train.sgd(1), { k: 2, outer: make() }));
    }
  });

  test('saved, loaded and saved again before a step, it is the same', async () => {
    const data = smallData();
    const model = smallModel(lookahead(tf.train.sgd(0.05), { k: 2, outer: outers.nesterov() }));
    for (let i = 0; i < 3; ++i) trainStep(model, data);
    const first = await saved(model);
    const loaded = await load(first);
    const second = await saved(loaded);
    assert.equal(new Uint8Array(second.weightData), new Uint8Array(first.weightData));
    assert.equal(second.trainingConfig, first.trainingConfig);
    disposeAll(model, loaded);
  });

  test('a Lookahead inside, and one outside, each with an outer optimizer', async () => {
    const make = () =>
      lookahead(lookahead(tf.train.adam(0.01), { k: 2, outer: outers.nesterov() }), { k: 3, outer: outers.adam() });
    const data = smallData();
    for (let at = 0; at <= 6; ++at) {
      const model = smallModel(make());
      for (let i = 0; i < at; ++i) trainStep(model, data);
      const resumed = await load(await saved(model));
      for (let i = 0; i < 7; ++i) for (const each of [model, resumed]) trainStep(each, data);
      await assertSameRuns([resumed, model].map(ofModel), `saved after step ${at}`);
      disposeAll(model, resumed);
    }
  });

  test('a Lookahead as the outer optimizer, restored in a new one and in the one that it is of', async () => {
    const make = () =>
      lookahead(tf.train.sgd(1), { k: 2, outer: lookahead(tf.train.momentum(0.5, 0.5), { k: 2, alpha: 0.5 }) });
    for (const restored of [make, (optimizer) => optimizer]) {
      for (let steps = 0; steps <= 8; ++steps) {
        const variables = [newVariable([1, 2], [2]), newVariable([3, 4, 5], [3])];
        const optimizer = make();
        for (let i = 0; i < steps; ++i) step(optimizer, variables);
        await assertGoesOn({ optimizer, variables }, restored);
      }
    }
  });

  test('the weights of the bare inner optimizer empty the outer one', async () => {
    for (const [name, { make }] of Object.entries(outerOptimizers)) {
      const bare = tf.train.momentum(0.1, 0.5);
      const [fresh, used] = [0, 1].map(() =>
        trained({ outer: make() }, { inner: tf.train.momentum(0.1, 0.5), steps: 0 }),
      );
      const variables = [newVariable([1, 2], [2]), newVariable([3, 4, 5], [3])];
      for (let i = 0; i < 3; ++i) step(bare, variables);
      const weights = await bare.getWeights();
      for (let i = 0; i < 3; ++i) step(used.optimizer, used.variables);
      const replaced = used.optimizer.inner.accumulations.map(({ variable }) => variable);
      for (const each of [fresh, used]) {
        await each.optimizer.setWeights(weights);
        assignValues(each.variables, await valuesOf(variables));
        for (let i = 0; i < 5; ++i) step(each.optimizer, each.variables);
      }
      tf.dispose([replaced, weights[0].tensor]); // what tfjs leaks
      const [expected, actual] = [await valuesOf(fresh.variables), await valuesOf(used.variables)];
      assertSameWeights(actual, expected, name);
      assertSameWeights(
        (await stateOf(used.optimizer.outer)).slice(0, -1),
        (await stateOf(fresh.optimizer.outer)).slice(0, -1),
        name,
      );
      for (const { optimizer } of [fresh, used]) disposeWithOuter(optimizer);
      bare.dispose();
      bare.c.dispose();
    }
  });

  /** Optimizers that a user wrote, each with a momentum of 0.5, which it keeps in its own way. */
  class Own extends tf.Optimizer {
    /** The momentum of a weight, as a variable. */
    momentumOf(_weight, _i) {
      return null; // one without a state
    }

    applyGradients(gradients) {
      tf.tidy(() =>
        Object.entries(gradients).forEach(([name, gradient], i) => {
          const weight = tf.engine().registeredVariables[name];
          const momentum = this.momentumOf(weight, i);
          const total = momentum ? tf.add(tf.mul(momentum, 0.5), gradient) : gradient;
          momentum?.assign(total);
          weight.assign(tf.sub(weight, total));
        }),
      );
      this.incrementIterations();
    }
  }

  const zeros = ({ shape }) => tf.variable(tf.zeros(shape), false);

  class InMap extends Own {
    momenta = new Map();

    momentumOf(weight) {
      if (!this.momenta.has(weight.name)) this.momenta.set(weight.name, zeros(weight));
      return this.momenta.get(weight.name);
    }

    dispose() {
      for (const momentum of this.momenta.values()) momentum.dispose();
    }
  }

  class Listed extends InMap {
    static className = 'Listed';

    async getWeights() {
      return [...this.momenta].map(([name, tensor]) => ({ name, tensor }));
    }

    async setWeights(weights) {
      this.dispose();
      this.momenta = new Map(weights.map(({ name, tensor }) => [name, tf.variable(tensor, false)]));
    }
  }

  class ListedWithoutState extends Own {
    async getWeights() {
      return [];
    }

    async setWeights() {}
  }

  class InSlots extends Own {
    static className = 'InSlots';
    slots = [];

    momentumOf(weight, i) {
      this.slots[i] ??= { originalName: weight.name, variable: zeros(weight) };
      return this.slots[i].variable;
    }

    dispose() {
      for (const { variable } of this.slots) variable.dispose();
    }
  }

  class InProperty extends Own {
    total = tf.tidy(() => tf.variable(tf.scalar(0), false));

    momentumOf() {
      return this.total;
    }

    applyGradients(gradients) {
      super.applyGradients(Object.fromEntries(Object.entries(gradients).filter(([, { rank }]) => rank === 0)));
    }

    dispose() {
      this.total.dispose();
    }
  }

  for (const Outer of [Listed, ListedWithoutState, InSlots, InProperty]) {
    test(`of the user’s own, ${Outer.name}: the continued run equals the uninterrupted one`, async () => {
      const make = () => lookahead(tf.train.sgd(1), { k: 2, outer: new Outer() });
      for (const restored of [make, (optimizer) => optimizer]) {
        for (let steps = 0; steps <= 5; ++steps) {
          if (Outer === InSlots && steps < 2) continue; // it has none yet
          const variables = [newVariable(2, []), newVariable([3, 4, 5], [3])];
          const optimizer = make();
          for (let i = 0; i < steps; ++i) step(optimizer, variables);
          await assertGoesOn({ optimizer, variables }, restored);
        }
      }
    });
  }

  test('of the user’s own, in a Lookahead: the continued run equals the uninterrupted one', async () => {
    for (const Outer of [InSlots, InProperty]) {
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
    const w = newVariable([0], [1]);
    for (const Outer of [Own, InMap]) {
      const optimizer = lookahead(tf.train.sgd(1), { outer: new Outer() });
      const loop = new Lookahead([w], { outer: new Outer() });
      const says =
        /getWeights: the outer optimizer cannot be saved, since .* Give it getWeights\(\) and setWeights\(\)/;
      for (const each of [optimizer, loop]) {
        assert.match(await messageOf(() => each.getWeights()), says);
        each.dispose();
      }
    }
    for (const outer of [new Listed(), lookahead(tf.train.sgd(1))]) {
      const loop = new Lookahead([w], { outer });
      const says = /'outer' is of a class of its own, which alone knows its state.* Use lookahead\(\)/;
      assert.match(await messageOf(() => loop.getWeights()), says);
      assert.match(await messageOf(() => loop.setWeights([])), says);
      loop.dispose();
    }
  });

  class Choosy extends Listed {
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
      const { optimizer, variables } = trained({ outer: new Choosy() }, { inner: makeInner() });
      const list = await listOf(optimizer);
      step(optimizer, variables);
      const before = await wholeState(optimizer);
      assert.is(await messageOf(() => optimizer.setWeights(list)), 'I would rather not.');
      assert.equal(await wholeState(optimizer), before);
      disposeWithOuter(optimizer);
    });

    test(`of the user’s own, ${where}, that cannot be saved: nothing has changed`, async () => {
      const { optimizer } = trained({ outer: new Choosy() }, { inner: makeInner() });
      optimizer.outer.isSecretive = true;
      const before = await wholeState(optimizer);
      assert.is(await messageOf(() => optimizer.getWeights()), 'I would rather not.');
      assert.equal(await wholeState(optimizer), before);
      disposeWithOuter(optimizer);
    });
  }

  test('a step between getWeights() and its promise: the list is of one moment, and tensors of the user’s stay', async () => {
    for (const outer of [new Listed(), outers.adam()]) {
      const { optimizer, variables } = trained({ outer });
      const promise = optimizer.getWeights();
      step(optimizer, variables);
      const list = await promise;
      const [counts] = await valuesOf([list.at(-1).tensor]);
      // One that alone knows its list has to be asked first.
      assert.equal([...counts].slice(0, 2), outer.constructor === Listed ? [4, 0] : [3, 1]);
      for (const { name, tensor } of list) assert.not(tensor.isDisposed, name);
      list[0].tensor.dispose();
      disposeWithOuter(optimizer);
    }
  });

  if (!exact) return; // nothing that follows depends on who computes, or it has to read values

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

  const without = (list, i) => list.filter((_, j) => j !== i);
  const replaced = (list, i, change) => list.map((weight, j) => (j === i ? { ...weight, ...change(weight) } : weight));
  const OUTER_COUNT = 6;
  /** With the count of the outer optimizer's entries changed, so that it fits. */
  const counted = (list, by) =>
    replaced(list, list.length - 1, ({ tensor }) => {
      const counts = [...tensor.dataSync()];
      counts[OUTER_COUNT] += by;
      return { tensor: tf.tensor1d(counts, 'int32') };
    });

  async function assertRefused(subject, list, says, what) {
    const before = await wholeState(subject);
    const message = await messageOf(() => subject.setWeights(list));
    assert.match(message || 'not refused', says, what);
    assert.match(message, /Pass /, `${what}: the remedy`);
    assert.equal(await wholeState(subject), before, `${what}: nothing has changed`);
  }

  test('an optimizer refuses a list with another outer optimizer, with none, or with one where it has none', async () => {
    const lists = {};
    for (const [name, config] of Object.entries({
      none: {},
      SGD: { outer: tf.train.sgd(1) },
      Momentum: { outer: tf.train.momentum(1, 0.5) },
      Adam: { outer: tf.train.adam(0.1) },
    })) {
      const { optimizer } = trained(config);
      lists[name] = { optimizer, list: await listOf(optimizer) };
    }
    for (const [name, { optimizer }] of Object.entries(lists)) {
      for (const [other, { list }] of Object.entries(lists)) {
        if (name === other) continue;
        const inWords = (outer) => (outer === 'none' ? 'SGD' : `SGD with the outer optimizer ${outer}`);
        const says = new RegExp(
          `are of a Lookahead around ${inWords(other)}, but this one is around ${inWords(name)}\\.`,
        );
        await assertRefused(optimizer, list, says, `${other} for ${name}`);
      }
    }
    for (const { optimizer } of Object.values(lists)) disposeWithOuter(optimizer);
  });

  for (const [name, { make }] of Object.entries(outerOptimizers)) {
    if (name === 'SGD') continue; // it holds nothing
    const isOuter = (weight) => weight.name.startsWith('lookahead:1/outer/');

    test(`${name}: an optimizer refuses an entry that is missing, twice, misplaced, or of another shape or dtype`, async () => {
      const { optimizer, variables } = trained({ outer: make() });
      const list = await listOf(optimizer);
      step(optimizer, variables); // so that the list is not what it holds
      const outer = list.flatMap((weight, i) => (isOuter(weight) ? [i] : []));
      assert.is(outer.length, name === 'Adam' ? 6 : 2);
      for (const i of outer) {
        const refused = (changed, says, what) => assertRefused(optimizer, changed, says, `${list[i].name}: ${what}`);
        await refused(without(list, i), /stands where|does not fit/, 'missing');
        const isOnlyOne = name !== 'Adam'; // then the other variable alone has one, as if this one were new
        if (!isOnlyOne)
          await refused(counted(without(list, i), -1), /lack '.*' of the outer optimizer/, 'missing, and counted');
        const twice = [...list.slice(0, i), list[i], ...list.slice(i)];
        await refused(counted(twice, 1), /comes twice/, 'twice');
        const longer = replaced(list, i, ({ tensor }) => ({ tensor: tf.zeros([tensor.size + 1]) }));
        await refused(longer, /is float32 of shape \[\d\], but must be float32 of shape/, 'shape');
        const int32 = replaced(list, i, ({ tensor }) => ({ tensor: tf.cast(tensor, 'int32') }));
        await refused(int32, /is int32 of shape \[\d?\], but must be float32 of shape/, 'dtype');
        const disposed = tf.zeros([1]);
        disposed.dispose();
        await refused(
          replaced(list, i, () => ({ tensor: disposed })),
          /was disposed, but must be alive/,
          'disposed',
        );
        for (const place of [
          'accBeta3',
          'accumulations',
          'momentum/0/a',
          'learningRate',
          'constructor',
          '__proto__/0/a',
          '',
          '/0',
        ]) {
          const renamed = replaced(list, i, () => ({ name: `lookahead:1/outer/${place}` }));
          await refused(renamed, /has no place in the outer optimizer|lack '/, place);
        }
        const [property, position, ...rest] = list[i].name.slice('lookahead:1/outer/'.length).split('/');
        if (position === undefined) continue;
        for (const other of ['2', '-1', '0.5', '00', '', ' 0', '1e0', 'length']) {
          const renamed = replaced(list, i, () => ({
            name: ['lookahead:1/outer', property, other, ...rest].join('/'),
          }));
          await refused(renamed, /has no place in the outer|lack '|comes twice|of shape/, `position ${other}`);
        }
      }
      disposeWithOuter(optimizer);
    });

    test(`${name}: a Lookahead refuses the same, and lists of others`, async () => {
      const variables = [newVariable([1, 2], [2]), newVariable([3, 4, 5], [3])];
      const made = [{ outer: make() }, {}, { outer: tf.train.sgd(1) }, { outer: tf.train.rmsprop(0.1) }];
      const [subject, ...others] = made.map((config) => new Lookahead(variables, { k: 1, ...config }));
      for (const each of [subject, ...others]) {
        for (const w of variables) add(w, new Float32Array(w.size).fill(1));
        each.sync();
      }
      for (const each of others) await assertRefused(subject, each.getWeights(), /./, 'of another class');
      const list = subject.getWeights();
      for (const each of others) await assertRefused(each, list, /./, 'for another class');
      for (let i = 0; i < list.length; ++i) {
        const refused = (changed, says, what) => assertRefused(subject, changed, says, `${list[i].name}: ${what}`);
        await refused(without(list, i), /./, 'missing');
        await refused([...list.slice(0, i), list[i], ...list.slice(i)], /./, 'twice');
        await refused(
          replaced(list, i, () => ({ tensor: tf.zeros([7]) })),
          /must be (float|int)32 of shape/,
          'shape',
        );
        await refused(
          replaced(list, i, () => ({ tensor: undefined })),
          /is undefined, but must be a tf.Tensor/,
          'none',
        );
        await refused(
          list.map((weight, j) => (j === i ? undefined : weight)),
          /./,
          'nothing',
        );
      }
      const last = list.length - 1;
      const counts = [...list[last].tensor.dataSync()];
      for (const [i, bad] of [
        [0, -1],
        [1, -1],
        [1, 100],
        [OUTER_COUNT, -1],
        [OUTER_COUNT + 1, -1],
      ]) {
        const changed = counts.map((count, j) => (j === i ? bad : count));
        const spoilt = replaced(list, last, () => ({ tensor: tf.tensor1d(changed, 'int32') }));
        await assertRefused(subject, spoilt, new RegExp(`is \\[${changed}\\], which does not fit`), `${changed}`);
      }
      for (const each of [subject, ...others]) disposeWithOuter(each);
    });
  }
});
