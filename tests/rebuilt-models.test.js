/** One optimizer for a model that is disposed and built again, as on a page whose "Train" is clicked twice. */
import { adamW, Lookahead, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { disposeWithInner, innerOptimizers, testWith } from './support/inner-optimizers.js';
import { assertWrappedEqualsPlain } from './support/plain-and-wrapped.js';
import { assertSameWeights, isExact } from './support/reference.js';
import { cloneOf, stateIn } from './support/saved-lists.js';
import { assignValues, smallData, smallModel, trainStep, valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';
import { messageOf, wholeState } from './support/whole-state.js';

onEachBackend('models that are built again', (test, backend) => {
  const exact = isExact(backend);

  /** Does what a click on "Train" does. */
  async function train(optimizer) {
    const { x, y } = smallData();
    const model = smallModel(optimizer);
    const epochs = exact ? 3 : 1; // a step takes long on a GPU
    await model.fit(x, y, { epochs, batchSize: 3, shuffle: false, verbose: 0, yieldEvery: 'never' });
    const weights = await valuesOf(model.getWeights());
    model.dispose();
    return weights;
  }

  for (const [name, make] of Object.entries(exact ? innerOptimizers : { Adam: innerOptimizers.Adam })) {
    testWith(
      name,
      backend,
      test,
    )(`${name}: "Train" clicked three times`, () =>
      assertWrappedEqualsPlain(
        make,
        async (optimizer) => [...(await train(optimizer)), ...(await train(optimizer)), ...(await train(optimizer))],
        name,
      ),
    );

    testWith(
      name,
      backend,
      test,
    )(`${name}: the optimizer asked for slow weights before the new model's first step`, () =>
      assertWrappedEqualsPlain(
        make,
        async (optimizer) => {
          const first = await train(optimizer);
          optimizer.flush?.();
          optimizer.withSlowWeights?.(() => {});
          return [...first, ...(await train(optimizer))];
        },
        name,
      ),
    );

    testWith(
      name,
      backend,
      test,
    )(`${name}: no tensor too many, however often`, async () => {
      const optimizer = lookahead(make(), { k: 2 });
      await train(optimizer);
      const { numTensors } = tf.memory();
      for (let i = 0; i < 3; ++i) {
        tf.engine().startScope();
        await train(optimizer);
        tf.engine().endScope();
      }
      assert.is(tf.memory().numTensors, numTensors, 'the second model’s weights instead of the first’s');
      disposeWithInner(optimizer);
    });
  }

  const step = (optimizer, ...variables) =>
    tf.tidy(() =>
      optimizer.applyGradients(variables.map(({ name, shape }) => ({ name, tensor: tf.fill(shape, 1, 'float32') }))),
    );

  test('a model that is added, and saved before its first step, with cached momentum', async () => {
    const optimizer = lookahead(tf.train.momentum(0.1, 0.9), { k: 2, pullbackMomentum: 'pullback' });
    const before = newVariable([1, 2], [2]);
    for (let i = 0; i < 3; ++i) step(optimizer, before);
    before.dispose();
    const after = newVariable([3, 4], [2]);
    optimizer.add([after]);
    const list = await optimizer.getWeights();
    const { tensor } = list.find(({ name }) => name === 'lookahead:1/momentum/0/cached');
    assert.equal([...(await tensor.data())], [0, 0], 'as before its first step');
    list[0].tensor.dispose();
    disposeWithInner(optimizer);
  });

  test('slots get the name of the variable that takes them over, beside those that it makes anew', async () => {
    const make = () => lookahead(tf.train.rmsprop(0.1, 0.9, 0.5), { k: 2 });
    const optimizer = make();
    const [first, a] = [newVariable([1, 2], [2], 'first'), newVariable([3, 4], [2], 'a')];
    step(optimizer, first, a);
    first.dispose();
    const second = newVariable([5, 6], [2], 'second');
    optimizer.inner.centered = true;
    step(optimizer, second, a);
    const names = (await optimizer.getWeights()).map(({ name }) => name);
    assert.not.match(names.join(), 'first');
    const resumed = make();
    resumed.inner.centered = true;
    await resumed.setWeights(await optimizer.getWeights());
    const start = await valuesOf([second, a]);
    const runs = [];
    for (const each of [optimizer, resumed]) {
      assignValues([second, a], start);
      for (let i = 0; i < 3; ++i) step(each, second, a);
      runs.push(await valuesOf([second, a]));
    }
    assertSameWeights(runs[1], runs[0]);
    for (const each of [optimizer, resumed]) disposeWithInner(each);
  });

  test('what is left over is removed with its slots, and saved no more', async () => {
    const optimizer = lookahead(tf.train.adam(0.1), { k: 2 });
    const [a, b, c] = [1, 2, 3].map((v) => newVariable([v], [1]));
    step(optimizer, a, b, c);
    a.dispose();
    c.dispose();
    const d = newVariable([4], [1]);
    step(optimizer, b, d);
    assert.equal(optimizer.variables, [d, b], 'd has taken the place of a');
    assert.is(optimizer.inner.accumulatedFirstMoment.length, 2);
    const list = await optimizer.getWeights();
    assert.equal(
      list.filter(({ name }) => name.includes('slow')).map(({ name }) => name),
      [`lookahead:1/slow/0/${d.name}`, `lookahead:1/slow/1/${b.name}`],
    );
    const resumed = lookahead(tf.train.adam(0.1), { k: 2 });
    await resumed.setWeights(list);
    const before = await valuesOf([b, d]);
    step(optimizer, b, d);
    const expected = await valuesOf([b, d]);
    tf.tidy(() => {
      b.assign(tf.tensor1d(before[0]));
      d.assign(tf.tensor1d(before[1]));
    });
    step(resumed, b, d);
    assertSameWeights(await valuesOf([b, d]), expected, 'resumed');
    list[0].tensor.dispose();
    optimizer.dispose();
    resumed.dispose();
  });

  test('slow weights and cached momentum start fresh', async () => {
    const optimizer = lookahead(tf.train.momentum(1, 0.5), { k: 2, alpha: 0.5, pullbackMomentum: 'pullback' });
    const momentum = async () => [...(await optimizer.inner.accumulations[0].variable.data())];
    const first = newVariable([0], [1]);
    step(optimizer, first);
    step(optimizer, first);
    assert.equal(await momentum(), [0.75], '1, then 1.5, of which half remains');
    first.dispose();
    const second = newVariable([10], [1]);
    step(optimizer, second);
    assert.equal(await valuesOf(optimizer.slowWeights), [new Float32Array([10])]);
    assert.equal(await momentum(), [1.375], '0.5 * 0.75 + 1: the slot is the one before, as in tfjs');
    step(optimizer, second);
    assert.equal(await momentum(), [0.84375], '1.6875, pulled half way towards 0, not towards 0.75');
    disposeWithInner(optimizer);
  });

  test('a Lookahead around a Lookahead does not pull momentum towards that of a model that is gone', async () => {
    const inner = lookahead(tf.train.momentum(1, 0.5), { k: 100 });
    const optimizer = lookahead(inner, { k: 2, alpha: 0.5, pullbackMomentum: 'pullback' });
    const first = [newVariable([0], [1]), newVariable([0], [1])];
    step(optimizer, ...first);
    step(optimizer, ...first);
    for (const w of first) w.dispose();
    const second = newVariable([10], [1]);
    step(optimizer, second);
    step(optimizer, second);
    const [{ variable }, ...others] = inner.inner.accumulations;
    assert.equal(others, []);
    assert.equal([...(await variable.data())], [0.84375]);
    optimizer.dispose();
    inner.inner.c.dispose();
  });

  if (!exact) return; // nothing that follows depends on who computes

  const outers = { 'no outer one': () => undefined, SGD: () => tf.train.sgd(0.5), Momentum: innerOptimizers.Momentum };

  test('tf.disposeVariables() takes the variables of an optimizer too: refused, unless it has none', async () => {
    for (const [name, make] of Object.entries(innerOptimizers)) {
      for (const [outer, makeOuter] of Object.entries(outers)) {
        const optimizer = lookahead(make(), { k: 1, outer: makeOuter() });
        step(optimizer, newVariable([1, 2], [2], 'w'));
        const list = (await optimizer.getWeights()).map(({ name, tensor }) => ({ name, tensor: cloneOf(tensor) }));
        tf.disposeVariables();
        const w = newVariable([3, 4], [2], 'w');
        const goesOn = name === 'SGD' && outer !== 'Momentum';
        const says = new RegExp(
          `'${name === 'SGD' ? 'outer' : 'inner'}' was disposed, or its variables, as by ` +
            'tf\\.disposeVariables\\(\\)\\. Make a new optimizer',
        );
        for (const call of [
          () => optimizer.minimize(() => tf.sum(w), false, [w]),
          () => step(optimizer, w),
          () => optimizer.add([w]),
          () => optimizer.flush(),
          () => optimizer.adopt(),
          () => optimizer.withSlowWeights(() => {}),
          () => optimizer.getWeights(),
          () => optimizer.setWeights(list),
        ]) {
          if (goesOn) continue;
          const before = await wholeState(optimizer);
          assert.match((await messageOf(call)) || 'not refused', says, `${name} and ${outer}: ${call}`);
          assert.equal(await wholeState(optimizer), before, `${name} and ${outer}: ${call}`);
        }
        if (goesOn) {
          step(optimizer, w);
          const rate = Math.fround(0.05);
          const fast = [3, 4].map((value) => Math.fround(value - rate));
          const expected = fast.map((value, i) =>
            Math.fround([3, 4][i] + Math.fround(0.5 * Math.fround(value - [3, 4][i]))),
          );
          assertSameWeights(await valuesOf([w]), [Float32Array.from(expected)], outer);
          assert.is(
            tf.engine().registeredVariables['lookahead/w'],
            optimizer.slowWeights[0],
            'the new one has the name',
          );
          const again = await optimizer.getWeights();
          const state = (steps) => ({
            ...{ of: stateIn(again).of, entries: 1, step: steps, stepsInCycle: 0, restores: 0, restoresInARow: 0 },
            ...{ innerIterations: steps, outerIterations: outer === 'SGD' ? steps : 0, variables: 1, isOutOfOrder: 0 },
          });
          assert.equal(stateIn(again), state(2));
          assert.equal(stateIn(list), state(1), 'a clone stays');
          again[0].tensor.dispose();
        }
        disposeWithInner(optimizer);
        w.dispose();
      }
    }
  });

  test('tf.disposeVariables() before the first step, and an optimizer in a Lookahead in a Lookahead', async () => {
    const says = /'inner' was disposed, or its variables/;
    const optimizers = [tf.train.adam(0.1), lookahead(tf.train.adam(0.1)), adamW(0.1)].map((inner) => lookahead(inner));
    const used = lookahead(lookahead(tf.train.momentum(0.1, 0.9)));
    step(used, newVariable([1], [1]));
    const adam = tf.train.adam(0.1);
    tf.disposeVariables();
    const w = newVariable([1], [1]);
    for (const optimizer of [...optimizers, used]) {
      const before = await wholeState(optimizer);
      assert.match(await messageOf(() => step(optimizer, w)), says);
      assert.equal(await wholeState(optimizer), before);
      optimizer.dispose();
    }
    used.inner.inner.c.dispose();
    assert.throws(
      () => lookahead(adam),
      /'inner' was disposed, or its variables, as by tf\.disposeVariables\(\)\. Make a new optimizer/,
    );
  });

  test('tf.disposeVariables(), then dispose(): new slow weights of the same name and clones stay', async () => {
    const registered = tf.engine().registeredVariables;
    for (const [name, make] of Object.entries(innerOptimizers)) {
      const first = newVariable([1, 2], [2], 'w');
      const [olds, makeNew] = [[], () => lookahead(tf.train.sgd(0.5))];
      olds.push(lookahead(make(), { k: 1, outer: innerOptimizers.Adam() }));
      if (name === 'Adam') olds.push(lookahead(make(), { k: 1, pullbackMomentum: 'pullback' }));
      for (const old of olds) step(old, first);
      const loop = new Lookahead([first], { outer: innerOptimizers.Momentum() });
      tf.tidy(() => first.assign(tf.tensor1d([5, 6])));
      loop.flush();
      const held = [...loop.slowWeights, ...loop.outer.accumulations.map(({ variable }) => variable)];
      for (const old of olds) {
        const list = await old.getWeights();
        held.push(...list.slice(1).map(({ tensor }) => tensor));
        list[0].tensor.dispose();
      }
      const read = async (tensors) => (await valuesOf(tensors)).map((values) => [...values]);
      const [clones, expected] = [held.map(cloneOf), await read(held)];
      tf.disposeVariables();
      const second = newVariable([3, 4], [2], 'w');
      const next = [makeNew(), makeNew(), makeNew()];
      for (const each of next) step(each, second);
      const { numTensors } = tf.memory();
      for (const old of [...olds, loop]) disposeWithInner(old);
      assert.equal(await read(clones), expected, name);
      for (const each of next) {
        const [slow] = each.slowWeights;
        assert.is(registered[slow.name], slow, `${name}: ${slow.name} is registered`);
        each.flush();
        each.dispose();
      }
      assert.ok(tf.memory().numTensors < numTensors);
      tf.dispose(clones);
      second.dispose();
    }
  });

  test('a model of another shape is refused before the step, and loses no gradients', async () => {
    const optimizer = lookahead(tf.train.adam(0.1), { k: 2 });
    const model = smallModel(optimizer);
    trainStep(model, smallData());
    model.dispose();
    const other = tf.sequential({ layers: [tf.layers.dense({ units: 5, inputShape: [2] })] });
    other.compile({ optimizer, loss: 'meanSquaredError' });
    const x = tf.ones([3, 2]);
    const minimize = () =>
      optimizer.minimize(() => tf.mean(tf.square(other.predict(x))), false, other.getWeights(true));
    const before = await wholeState(optimizer);
    const says =
      /LookaheadOptimizer\.applyGradients: '.*' has shape \[2,5\], but .* of shape \[2,3\].*Make a new optimizer/;
    assert.match(await messageOf(minimize), says);
    assert.equal(await wholeState(optimizer), before);
    const same = smallModel(optimizer);
    trainStep(same, smallData());
    assert.is(optimizer.iterations, 2);
    same.dispose();
    other.dispose();
    optimizer.dispose();
  });

  test('a checkpoint of a model that is gone goes to the one that is built again', async () => {
    const optimizer = lookahead(tf.train.adam(0.1), { k: 2 });
    const make = (values) => values.map((v, i) => newVariable([v], [1], `w${i}`));
    const first = make([1, 2]);
    step(optimizer, ...first);
    const saved = (await optimizer.getWeights()).map(({ name, tensor }) => ({ name, tensor: cloneOf(tensor) }));
    const values = await valuesOf(first);
    step(optimizer, ...first);
    const expected = await valuesOf(first);
    for (const w of first) w.dispose();
    const resumed = lookahead(tf.train.adam(0.1), { k: 2 });
    const second = make(values.map(([v]) => v));
    for (const each of [optimizer, resumed]) {
      const slots = Object.values(each.inner).flatMap((value) => (Array.isArray(value) ? value : []));
      await each.setWeights(saved);
      for (const { variable } of slots) variable.dispose(); // which tfjs leaks
      assignValues(second, values);
      step(each, ...second);
      assertSameWeights(await valuesOf(second), expected, 'continued');
    }
    tf.dispose(saved);
    optimizer.dispose();
    resumed.dispose();
  });

  test('a Lookahead was given a list, and goes on refusing; each message names what the user holds', async () => {
    const [w, v] = [newVariable([1], [1]), newVariable([1], [1])];
    const loop = new Lookahead([w]);
    const optimizer = lookahead(tf.train.sgd(0.1));
    step(optimizer, v);
    w.dispose();
    assert.throws(() => loop.sync(), /'variables\[0\]'.* was disposed.* Dispose this Lookahead, and make a new one/);
    optimizer.slowWeights[0].dispose();
    const message = await messageOf(() => step(optimizer, v));
    assert.match(message, /'slowWeights\[0\]'.* was disposed.*Make a new optimizer/);
    loop.dispose();
    optimizer.dispose();
  });
});
