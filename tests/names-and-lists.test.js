/**
 * The names by which a saved list is recognized: those of variables that nobody named, and those that look like ours.
 */
import { lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { disposeWithInner, withoutReplacedSlots } from './support/inner-optimizers.js';
import { assertSameWeights, isExact } from './support/reference.js';
import { step, throughFile } from './support/saved-lists.js';
import { assignValues, load, saved, smallData, smallModel, trainStep, valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';
import { messageOf, wholeState } from './support/whole-state.js';

onEachBackend('names in saved lists', (test, backend) => {
  if (!isExact(backend)) return; // nothing here depends on who computes

  /**
   * The list as a process would have saved it in which the unnamed variables had the numbers `to` instead of `from`.
   */
  const renumbered = (list, from, to) =>
    list.map(({ name, tensor }) => {
      const parts = name.split('/').map((part, i, all) => {
        const isPlace = /^(inner|innerListed|slow|momentum|outer|outerListed)$/.test(all[i - 1]);
        const at = isPlace ? -1 : from.indexOf(part);
        return at < 0 ? part : to[at];
      });
      return { name: parts.join('/'), tensor };
    });

  /** Three unnamed variables of one shape, trained and saved, and how training goes on. */
  async function trainedWithoutNames(make) {
    const variables = [1, 2, 3].map((value) => newVariable([value, value], [2]));
    const optimizer = make();
    for (let i = 0; i < 3; ++i) step(optimizer, variables);
    const list = await throughFile(optimizer.getWeights());
    const values = await valuesOf(variables);
    for (let i = 0; i < 3; ++i) step(optimizer, variables);
    const continued = await valuesOf(variables);
    disposeWithInner(optimizer);
    return { variables, list, values, continued };
  }

  for (const [what, make] of Object.entries({
    SGD: () => lookahead(tf.train.sgd(0.1), { k: 2 }),
    Adam: () => lookahead(tf.train.adam(0.1), { k: 2, pullbackMomentum: 'pullback' }),
    nested: () => lookahead(lookahead(tf.train.adam(0.1), { k: 2 }), { k: 2 }),
    'with a Lookahead as the outer one': () =>
      lookahead(tf.train.adam(0.1), { k: 1, outer: lookahead(tf.train.sgd(0.5), { k: 2 }) }),
  })) {
    test(`${what}: numbers that tfjs gave for names, one further on, are no names`, async () => {
      const { list, values, continued } = await trainedWithoutNames(make);
      const bystander = newVariable([1, 1], [2]);
      const trained = values.map(() => newVariable([0, 0], [2]));
      assignValues(trained, values);
      const names = [bystander, ...trained].map(({ name }) => name);
      assert.ok(names.every((name) => /^\d+$/.test(name)));
      const resumed = make();
      // As if they were saved as the first three, in a process that made no other variable before.
      const before = [
        ...new Set(list.flatMap(({ name }) => name.match(/slow\/\d+\/(?:lookahead\/)*(\d+)/)?.[1] ?? [])),
      ];
      assert.is(before.length, 3);
      await resumed.setWeights(renumbered(list, before, names.slice(0, 3)));
      for (let i = 0; i < 3; ++i) step(resumed, trained);
      assert.equal([...(await bystander.data())], [1, 1], 'nobody trains it');
      assertSameWeights(await valuesOf(trained), continued, what);
      assert.not(resumed.variables.includes(bystander));
      disposeWithInner(resumed);
    });
  }

  test('numbers for names, beside a variable that is new: the step is refused, and changes nothing', async () => {
    const make = () => lookahead(tf.train.adam(0.1), { k: 2 });
    const { list, variables, values, continued } = await trainedWithoutNames(make);
    const another = newVariable([9, 9], [2]);
    const resumed = make();
    await resumed.setWeights(list);
    assignValues(variables, values);
    const before = await wholeState(resumed);
    for (const listed of [[...variables, another], variables.slice(1)]) {
      assert.throws(() => step(resumed, listed), /optimizer\.add\(variables\)/);
      assert.equal(await wholeState(resumed), before);
    }
    resumed.add(variables);
    for (let i = 0; i < 3; ++i) step(resumed, variables);
    assertSameWeights(await valuesOf(variables), continued, 'named by add()');
    disposeWithInner(resumed);
  });

  test('numbers for names: an optimizer that knows another variable of such a name does not take it', async () => {
    const make = () => lookahead(tf.train.sgd(0.1), { k: 2 });
    const { list, values, continued } = await trainedWithoutNames(make);
    const others = [1, 2, 3, 4].map((value) => newVariable([value, value], [2]));
    const optimizer = make();
    step(optimizer, others);
    const names = others.map(({ name }) => name);
    const before = [...new Set(list.flatMap(({ name }) => name.match(/slow\/\d+\/(\d+)/)?.[1] ?? []))];
    await optimizer.setWeights(renumbered(list, before, names.slice(0, 3)));
    const trained = others.slice(1);
    assignValues(trained, values);
    for (let i = 0; i < 3; ++i) step(optimizer, trained);
    assert.equal(await valuesOf(others.slice(0, 1)), [Float32Array.of(Math.fround(0.95), Math.fround(0.95))]);
    assertSameWeights(await valuesOf(trained), continued, 'by position');
    disposeWithInner(optimizer);
  });

  test('numbers for names that are all there keep their places, in any order', async () => {
    const make = () => lookahead(tf.train.adam(0.1), { k: 2, pullbackMomentum: 'pullback' });
    const { list, variables, values, continued } = await trainedWithoutNames(make);
    const resumed = make();
    await resumed.setWeights(list);
    assignValues(variables, values);
    for (let i = 0; i < 3; ++i) step(resumed, [...variables].reverse());
    assertSameWeights(await valuesOf(variables), continued, 'reversed');
    disposeWithInner(resumed);
  });

  test('nested, with a Lookahead as the outer one, loaded again in the same page', async () => {
    const data = smallData();
    const make = () =>
      lookahead(lookahead(tf.train.adam(0.01), { k: 2 }), { k: 2, outer: lookahead(tf.train.sgd(0.5), { k: 2 }) });
    const model = smallModel(make());
    for (let i = 0; i < 5; ++i) trainStep(model, data);
    const loaded = await load(await saved(model));
    const twice = await load(await saved(loaded));
    for (const each of [model, loaded, twice]) for (let i = 0; i < 7; ++i) trainStep(each, data);
    const expected = await valuesOf(model.getWeights());
    assertSameWeights(await valuesOf(loaded.getWeights()), expected, 'loaded');
    assertSameWeights(await valuesOf(twice.getWeights()), expected, 'loaded, saved and loaded');
    for (const each of [model, loaded, twice]) {
      each.dispose();
      each.optimizer.dispose();
    }
  });

  test('nested, loaded again in the same page: named with add(), a layer may be frozen before the first step', async () => {
    const data = smallData();
    const model = smallModel(lookahead(lookahead(tf.train.adam(0.01), { k: 2 }), { k: 3 }));
    for (let i = 0; i < 3; ++i) trainStep(model, data);
    const loaded = await load(await saved(model));
    loaded.optimizer.add(loaded.getWeights(true));
    for (const each of [model, loaded]) {
      each.layers[0].trainable = false;
      for (let i = 0; i < 5; ++i) trainStep(each, data);
    }
    assertSameWeights(await valuesOf(loaded.getWeights()), await valuesOf(model.getWeights()));
    for (const each of [model, loaded]) {
      each.dispose();
      each.optimizer.dispose();
    }
  });

  for (const name of ['lookahead', 'lookahead/slow', 'lookahead/momentum', 'lookahead/inner', 'lookahead/state']) {
    test(`weights of a layer that is named '${name}'`, async () => {
      const variables = [newVariable([1, 2], [2], `${name}/kernel`), newVariable([3], [1], `${name}/bias`)];
      const bare = tf.train.adam(0.1);
      for (let i = 0; i < 3; ++i) step(bare, variables);
      const list = await throughFile(bare.getWeights());
      const values = await valuesOf(variables);
      step(bare, variables);
      const expected = await valuesOf(variables);
      assignValues(variables, values);
      const optimizer = lookahead(tf.train.adam(0.1), { k: 2, alpha: 1 });
      await optimizer.setWeights(list);
      step(optimizer, variables);
      assertSameWeights(await valuesOf(variables), expected, "a bare optimizer's list is taken");
      const own = await throughFile(optimizer.getWeights());
      step(optimizer, variables);
      const next = await valuesOf(variables);
      assignValues(variables, expected);
      const resumed = lookahead(tf.train.adam(0.1), { k: 2, alpha: 1 });
      await resumed.setWeights(own);
      step(resumed, variables);
      assertSameWeights(await valuesOf(variables), next, 'and our own');
      assert.match(
        await messageOf(() => resumed.setWeights(own.slice(0, -1))),
        /not with 'lookahead:1\/state'/,
        'one that is cut is not',
      );
      for (const each of [bare, optimizer, resumed]) each.dispose();
    });
  }

  for (const [name, make] of Object.entries({
    Momentum: () => tf.train.momentum(0.1, 0.9),
    Adam: () => tf.train.adam(0.1),
    'RMSProp with momentum': () => tf.train.rmsprop(0.01, 0.9, 0.5),
  })) {
    test(`${name}, whose setWeights() somebody calls: the pullback goes on, and can be saved`, async () => {
      const variables = [newVariable([1, 2], [2], 'a'), newVariable([3], [1], 'b')];
      const run = async (optimizer, between) => {
        assignValues(variables, [[1, 2], [3]]);
        for (let i = 0; i < 3; ++i) step(optimizer, variables);
        await between();
        for (let i = 0; i < 3; ++i) step(optimizer, variables);
        return [...(await valuesOf(variables)), ...(await valuesOf(optimizer.slowWeights))];
      };
      const [plain, given] = [1, 2].map(() => lookahead(make(), { k: 2, alpha: 0.5, pullbackMomentum: 'pullback' }));
      const expected = await run(plain, () => {});
      let list;
      const actual = await run(given, async () => {
        await withoutReplacedSlots(given, async () => {
          const own = await given.inner.getWeights();
          const copies = own.map(({ name, tensor }) => ({ name, tensor: tf.clone(tensor) }));
          await given.inner.setWeights(copies);
        });
        list = await given.getWeights();
        for (const { name, tensor } of list) assert.instance(tensor, tf.Tensor, name);
        list = await throughFile(list);
      });
      assertSameWeights(actual, expected, 'the same values, set');
      const resumed = lookahead(make(), { k: 2, alpha: 0.5, pullbackMomentum: 'pullback' });
      await resumed.setWeights(list);
      for (const each of [plain, given, resumed]) disposeWithInner(each);
    });
  }
});
