/**
 * `getWeights()` of an optimizer is asynchronous, and nobody has to await it: what happens between the call and its
 * promise, to the list afterwards, and who may call it when.
 */
import { lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { disposeWithInner, innerOptimizers, slotsIn } from './support/inner-optimizers.js';
import { assertSameWeights, isExact } from './support/reference.js';
import { step } from './support/saved-lists.js';
import { assignValues, load, smallData, smallModel, trainStep, valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';
import { messageOf, wholeState } from './support/whole-state.js';

onEachBackend('saving while training', (test, backend) => {
  const make = (inner = tf.train.adam(0.1), config = {}) =>
    lookahead(inner, { k: 2, alpha: 0.5, pullbackMomentum: 'pullback', ...config });
  const makeVariables = () => [newVariable([1, 2], [2], 'a'), newVariable([3], [1], 'b')];
  const run = async (optimizer, variables) => {
    for (let i = 0; i < 3; ++i) step(optimizer, variables);
    return valuesOf(variables);
  };
  const entriesOf = (list) =>
    Promise.all(list.map(async ({ name, tensor }) => [name, tensor.shape, [...(await tensor.data())]]));
  const copied = (entries, list) =>
    entries.map(([name, shape, values], i) => ({ name, tensor: tf.tensor(values, shape, list[i].tensor.dtype) }));

  for (const [kind, makeOptimizer] of Object.entries({
    'a Lookahead': make,
    'a Lookahead in a Lookahead': () => lookahead(make(), { k: 3 }),
    'one with a Lookahead as the outer one': () =>
      make(tf.train.adam(0.1), {
        alpha: undefined,
        pullbackMomentum: 'none',
        outer: make(tf.train.momentum(0.5, 0.9)),
      }),
  })) {
    for (const [what, meanwhile] of Object.entries({
      'a step': step,
      'two steps, so a merge': (optimizer, variables) => {
        step(optimizer, variables);
        step(optimizer, variables);
      },
      'a merge by hand': (optimizer) => optimizer.flush(),
      'a step of a variable that is new': (optimizer, variables) => {
        variables.push(newVariable([5], [1], 'c'));
        step(optimizer, variables);
      },
      'a variable that goes': (optimizer, variables) => {
        variables.pop().dispose();
        step(optimizer, variables);
      },
      'another list': (optimizer) => optimizer.getWeights(),
      'a list that is restored': (optimizer, _variables, list) => optimizer.setWeights(list),
    })) {
      test(`${kind}, ${what} between the call and its promise: the list is of the call`, async () => {
        const variables = makeVariables();
        const optimizer = makeOptimizer();
        for (let i = 0; i < 3; ++i) step(optimizer, variables);
        const other = makeOptimizer();
        step(other, variables);
        const othersList = await other.getWeights();
        const first = await optimizer.getWeights();
        const expected = await entriesOf(first);
        const values = await valuesOf(variables);
        const before = [...variables];

        const promise = optimizer.getWeights();
        const done = meanwhile(optimizer, variables, othersList);
        const list = await promise;
        const saved = await entriesOf(list);
        assert.equal(saved, expected, what);
        await done;
        for (let i = 0; i < 3; ++i) step(optimizer, variables);
        if (what !== 'another list') assert.equal(await entriesOf(list), expected, 'no later step overwrites it');

        if (before.every((variable) => !variable.isDisposed)) {
          const [resumed, again] = [makeOptimizer(), makeOptimizer()];
          const results = [];
          for (const each of [resumed, again]) {
            assignValues(before, values);
            await each.setWeights(copied(each === resumed ? saved : expected, list));
            results.push(await run(each, before));
          }
          assertSameWeights(results[0], results[1], what);
          for (const each of [resumed, again]) disposeWithAll(each);
        }
        for (const each of [optimizer, other]) disposeWithAll(each);
      });
    }
  }

  function disposeWithAll(optimizer) {
    const momenta = [optimizer.inner, optimizer.outer?.inner].filter((each) => each?.c);
    optimizer.dispose();
    for (const { c } of momenta) if (!c.isDisposed) c.dispose();
  }

  /** Saves a model; nobody awaits it. */
  function saver(model) {
    const saves = [];
    const handler = tf.io.withSaveHandler(async ({ weightData, weightSpecs, ...rest }) => {
      const buffer = weightData instanceof ArrayBuffer ? weightData : tf.io.CompositeArrayBuffer.join(weightData);
      const decoded = tf.io.decodeWeights(buffer, weightSpecs);
      const values = new Map();
      for (const [name, tensor] of Object.entries(decoded)) values.set(name, [...(await tensor.data())]);
      tf.dispose(decoded);
      saves.push({ values, artifacts: { ...JSON.parse(JSON.stringify(rest)), weightSpecs, weightData: buffer } });
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    });
    return { saves, save: () => model.save(handler, { includeOptimizer: true }) };
  }

  /** Adam with a beta1 of 0.5, whose powers are exact: the one in a list tells after how many steps it was read. */
  const tellingAdam = () => tf.train.adam(0.01, 0.5, 0.25);
  function assertOfOneMoment({ values }) {
    const { step, innerIterations: iterations } = JSON.parse(values.get('lookahead:1/state')[0]);
    const powerOf = (name) => [...values].find(([each]) => each.endsWith(`/${name}`))[1][0];
    assert.is(step, iterations, 'the counters');
    assert.is(powerOf('accBeta1'), 0.5 ** (iterations + 1), 'the powers of beta1');
    assert.is(powerOf('accBeta2'), 0.25 ** (iterations + 1), 'the powers of beta2');
  }

  test('lists that are read while further lists are made: each is of one moment', async () => {
    const variables = makeVariables();
    const optimizer = lookahead(tellingAdam(), { k: 3 });
    const reads = [];
    for (let i = 0; i < 10; ++i) {
      step(optimizer, variables);
      reads.push(optimizer.getWeights().then((list) => tf.io.encodeWeights(list)));
      for (let pause = 0; pause < 50; ++pause) await null; // a former list goes, while a GPU is still reading it
    }
    for (const { data, specs } of await Promise.all(reads)) {
      const decoded = tf.io.decodeWeights(data, specs);
      const values = await Promise.all(
        Object.entries(decoded).map(async ([name, each]) => [name, [...(await each.data())]]),
      );
      tf.dispose(decoded);
      assertOfOneMoment({ values: new Map(values) });
    }
    optimizer.dispose();
  });

  // There tfjs itself fails to read a model's weights while a step replaces them, with its own optimizers too.
  if (backend === 'webgpu') return;

  test('model.save() in onBatchEnd that nobody awaits: each list is of one moment, and a run continues from it', async () => {
    const model = smallModel(lookahead(tellingAdam(), { k: 3 }));
    const { x, y } = smallData();
    const { saves, save } = saver(model);
    const pending = [];
    await model.fit(x, y, {
      epochs: 10,
      batchSize: 2,
      shuffle: false,
      verbose: 0,
      callbacks: { onBatchEnd: () => void pending.push(save()) },
    });
    await Promise.all(pending);
    assert.is(saves.length, 40);
    for (const each of saves) assertOfOneMoment(each);
    const loaded = await load(saves.at(-1).artifacts);
    trainStep(loaded, smallData());
    for (const each of [loaded, model]) {
      each.dispose();
      each.optimizer.dispose();
    }
  });

  if (!isExact(backend)) return; // nothing that follows depends on who computes

  test('saves beside a loop that hardly pauses, each with a step before the last one is read', async () => {
    for (const pause of [() => null, (loss) => loss.data()]) {
      const model = smallModel(lookahead(tellingAdam(), { k: 3 }));
      const data = smallData();
      const { saves, save } = saver(model);
      const pending = [];
      for (let i = 0; i < 40; ++i) {
        trainStep(model, data);
        pending.push(save());
        await pause(data.x);
      }
      await Promise.all(pending);
      assert.is(saves.length, 40);
      for (const each of saves) assertOfOneMoment(each);
      model.dispose();
      model.optimizer.dispose();
    }
  });

  test('a save is fulfilled beside a loop of minimize() and await loss.data()', async () => {
    const [w] = makeVariables();
    for (const optimizer of [make(), lookahead(make(), { k: 3 })]) {
      let isSaved = false;
      let steps = 0;
      optimizer.minimize(() => tf.sum(tf.square(w)), false, [w]);
      const promise = optimizer.getWeights().then(() => {
        isSaved = true;
      });
      for (; steps < 200 && !isSaved; ++steps) {
        const loss = optimizer.minimize(() => tf.sum(tf.square(w)), true, [w]);
        await loss.data();
        loss.dispose();
      }
      assert.ok(steps < 5, `after ${steps} steps`);
      await promise;
      optimizer.dispose();
    }
  });

  for (const [name, inner] of Object.entries(innerOptimizers)) {
    test(`${name}: the list begins with every variable that the inner optimizer holds, by its place`, async () => {
      const variables = makeVariables();
      const optimizer = lookahead(inner());
      for (let i = 0; i < 3; ++i) step(optimizer, variables);
      const held = Object.entries(optimizer.inner).flatMap(([property, value]) => {
        if (value instanceof tf.Variable) return [[property, value]];
        if (!Array.isArray(value)) return [];
        return value.map((slot, i) => [`${property}/${i}/${slot.originalName}`, slot.variable]);
      });
      assert.is(held.filter(([place]) => place.includes('/')).length, slotsIn(optimizer.inner).length);
      const expected = held.map(([place, tensor], i) => ({ name: `lookahead:1/inner/${i}/${place}`, tensor }));
      const list = await optimizer.getWeights();
      assert.equal(await entriesOf(list.slice(0, expected.length)), await entriesOf(expected));
      assert.is(list[expected.length].name, 'lookahead:1/slow/0/a');
      disposeWithInner(optimizer);
    });
  }

  /** After the lists that were on their way are let go of. */
  const letGo = () => new Promise((resolve) => setTimeout(resolve));

  test('however often it is saved, one list is there, until dispose()', async () => {
    const variables = makeVariables();
    const { numTensors: atStart } = tf.memory();
    const optimizer = make();
    step(optimizer, variables);
    const { numTensors, numDataBuffers } = tf.memory();
    const list = await optimizer.getWeights();
    assert.is(tf.memory().numTensors, numTensors + list.length);
    assert.is(tf.memory().numDataBuffers, numDataBuffers + 1, 'the counters');
    for (let i = 0; i < 30; ++i) {
      const promise = optimizer.getWeights();
      step(optimizer, variables);
      await promise;
    }
    await letGo();
    assert.is(tf.memory().numTensors, numTensors + list.length);
    await Promise.all(Array.from({ length: 30 }, () => optimizer.getWeights()));
    await letGo();
    assert.is(tf.memory().numTensors, numTensors + list.length);
    for (const { tensor } of await optimizer.getWeights()) tensor.dispose(); // as if they were a user's
    await letGo();
    assert.is(tf.memory().numTensors, numTensors);
    await optimizer.getWeights();
    optimizer.getWeights();
    optimizer.dispose();
    assert.is(tf.memory().numTensors, atStart);
    await letGo();
    assert.is(tf.memory().numTensors, atStart);
  });

  test('the backend changes, to one that is still being made, while a former list goes', async () => {
    const optimizer = make();
    step(optimizer, makeVariables());
    await optimizer.getWeights();
    optimizer.getWeights(); // the first goes some promises later
    tf.registerBackend('made later', () => new Promise((resolve) => setTimeout(resolve, 0, { dispose() {} })));
    await tf.setBackend('made later'); // a promise that is rejected, and nobody's, would end the process
    await tf.setBackend(backend);
    tf.removeBackend('made later');
    optimizer.dispose();
  });

  test('a list inside tf.tidy outlives it, and a buffer that it shares is not overwritten', async () => {
    const variables = makeVariables();
    const optimizer = make();
    step(optimizer, variables);
    let promise;
    tf.tidy(() => {
      promise = optimizer.getWeights();
    });
    const list = await promise;
    const before = await entriesOf(list);
    for (let i = 0; i < 5; ++i) step(optimizer, variables);
    assert.equal(await entriesOf(list), before);
    optimizer.dispose();
  });

  test('a dispose() in between leaves no tensor, and the list is disposed', async () => {
    const variables = makeVariables();
    const { numTensors } = tf.memory();
    for (const wrap of [(optimizer) => optimizer, lookahead]) {
      const optimizer = wrap(make());
      step(optimizer, variables);
      const promise = optimizer.getWeights();
      optimizer.dispose();
      assert.ok((await promise).every(({ tensor }) => tensor.isDisposed));
      assert.is(tf.memory().numTensors, numTensors);
      assert.match(await messageOf(() => optimizer.getWeights()), /getWeights: this optimizer was disposed/);
    }
  });

  test('an optimizer of the user’s own keeps the tensors that it lists', async () => {
    class Own extends tf.SGDOptimizer {
      state = tf.keep(tf.scalar(7));
      async getWeights() {
        return [await this.saveIterations(), { name: 'state', tensor: this.state }];
      }
    }
    const variables = makeVariables();
    for (const wrap of [(inner) => lookahead(inner), (inner) => lookahead(lookahead(inner))]) {
      const own = new Own(0.1);
      const optimizer = wrap(own);
      step(optimizer, variables);
      const promise = optimizer.getWeights();
      step(optimizer, variables);
      const list = await promise;
      assert.is(list[1].tensor.dataSync()[0], 7);
      optimizer.dispose();
      assert.not(own.state.isDisposed);
      own.state.dispose();
    }
  });

  test('an optimizer of the user’s own that fails, or is gone when it has its list: nothing is left over', async () => {
    class Own extends tf.AdamOptimizer {
      async getWeights() {
        const list = await super.getWeights();
        await new Promise((resolve) => setTimeout(resolve));
        if (this.fails) throw new Error('I would rather not.');
        return list;
      }
    }
    const variables = makeVariables();
    const { numTensors } = tf.memory();
    for (const wrap of [(inner) => lookahead(inner), (inner) => lookahead(lookahead(inner))]) {
      const own = new Own(0.1, 0.9, 0.999);
      const optimizer = wrap(own);
      step(optimizer, variables);
      const before = tf.memory().numTensors;
      own.fails = true;
      assert.is(await messageOf(() => optimizer.getWeights()), 'I would rather not.');
      assert.is(tf.memory().numTensors, before + 1, 'its iterations, which are lost with the error');
      own.fails = false;
      const promise = optimizer.getWeights();
      optimizer.dispose();
      assert.match(await messageOf(() => promise), /LookaheadOptimizer\.getWeights: this optimizer was disposed/);
      assert.is(tf.memory().numTensors, numTensors + 1);
      tf.engine().endScope();
      tf.engine().startScope();
    }
  });

  test('one that extends an optimizer of tfjs and lists its weights itself, a step in between: one moment', async () => {
    class Own extends tf.AdamOptimizer {
      static get className() {
        return 'OwnAdamThatLists';
      }
      async getWeights() {
        const list = await super.getWeights();
        await new Promise((resolve) => setTimeout(resolve));
        return list;
      }
    }
    const makeOwn = () => make(new Own(0.1, 0.9, 0.999));
    const variables = makeVariables();
    const optimizer = makeOwn();
    for (let i = 0; i < 3; ++i) step(optimizer, variables);
    const promise = optimizer.getWeights();
    step(optimizer, variables);
    const list = await promise;
    const saved = copied(await entriesOf(list), list);
    const values = await valuesOf(variables);
    const expected = await run(optimizer, variables);
    assignValues(variables, values);
    const resumed = makeOwn();
    await resumed.setWeights(saved);
    assert.is(resumed.iterations, 4);
    assert.is(resumed.inner.iterations, 4);
    assertSameWeights(await run(resumed, variables), expected, 'continued');
    for (const each of [optimizer, resumed]) each.dispose();
  });

  test('model.save with the optimizer inside withSlowWeights says what to do, and changes nothing', async () => {
    for (const optimizer of [make(), lookahead(make())]) {
      const model = smallModel(optimizer);
      for (let i = 0; i < 3; ++i) trainStep(model, smallData());
      const handler = tf.io.withSaveHandler(async (artifacts) => {
        saves.push(artifacts);
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
      });
      const saves = [];
      const before = await wholeState(optimizer);
      const message = await messageOf(() =>
        optimizer.withSlowWeights(() => model.save(handler, { includeOptimizer: true })),
      );
      assert.match(
        message,
        /^LookaheadOptimizer\.getWeights: called inside .*Save .* outside of it, or .* without includeOptimizer\.$/,
      );
      assert.equal(saves, []);
      assert.equal(await wholeState(optimizer), before);
      await optimizer.withSlowWeights(() => model.save(handler));
      assert.is(saves.length, 1, 'the model alone is saved with its slow weights');
      assert.equal(await wholeState(optimizer), before);
      model.dispose();
      optimizer.dispose();
    }
  });
});
