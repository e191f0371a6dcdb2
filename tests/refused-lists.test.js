/** Lists that `getWeights()` never gives: each is refused, and nothing has changed then. */
import { Lookahead, LookaheadOptimizer, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { add, newVariable, onEachBackend } from './support/backends.js';
import { innerOptimizers } from './support/inner-optimizers.js';
import { disposeWithOuter, outerOptimizers } from './support/outer-optimizers.js';
import { isExact } from './support/reference.js';
import {
  assertRefused,
  listOf,
  recounted,
  replaced,
  stateIn,
  step,
  twice,
  without,
  withState,
  withText,
} from './support/saved-lists.js';
import { valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';
import { messageOf, wholeState } from './support/whole-state.js';

const pullbacks = {
  Momentum: 'pullback',
  'RMSProp with momentum': 'pullback',
  'RMSProp, centered': 'pullback',
  Adam: 'pullback',
  Adamax: 'pullback',
};

onEachBackend('lists that getWeights() never gives', (test, backend) => {
  if (!isExact(backend)) return; // nothing here depends on who computes

  /** These have one slot for each variable. */
  const hasOneSlot = ['Momentum, Nesterov', 'Adagrad', 'Lion'];

  /** An optimizer in mid-cycle after a merge, and a list of copies of its weights. */
  async function trained(inner, config) {
    const variables = [newVariable([1, 2], [2]), newVariable([3, 4, 5], [3])];
    const optimizer = lookahead(inner, { k: 2, ...config });
    for (let i = 0; i < 3; ++i) step(optimizer, variables);
    const list = await listOf(optimizer);
    step(optimizer, variables); // so that the list is not what the optimizer holds
    return { optimizer, variables, list };
  }
  const around = (name) => trained(innerOptimizers[name](), { pullbackMomentum: pullbacks[name] ?? 'none' });

  const longer = ({ tensor }) => ({ tensor: tf.zeros([tensor.size + 1]) });
  const asInt32 = ({ tensor }) => ({ tensor: tf.cast(tensor, 'int32') });
  const ofDisposed = () => {
    const tensor = tf.scalar(0, 'int32');
    tensor.dispose();
    return { tensor };
  };
  const named = (name) => () => ({ name });

  for (const name of Object.keys(innerOptimizers)) {
    test(`${name}: the last entry missing or renamed, which does not make a bare optimizer's list of it`, async () => {
      const { optimizer, list } = await around(name);
      await assertRefused(optimizer, list.slice(0, -1), /end with '.*', not with 'lookahead:1\/state'/, 'missing');
      for (const other of ['state', 'lookahead:1/states', 'iter']) {
        const renamed = replaced(list, list.length - 1, named(other));
        await assertRefused(optimizer, renamed, /end with '.*', not with 'lookahead:1\/state'/, other);
      }
      disposeWithOuter(optimizer);
    });

    test(`${name}: counts that no list has`, async () => {
      const { optimizer, list } = await around(name);
      for (const [what, change] of Object.entries({
        'a negative step': { step: -100, stepsInCycle: -100 },
        'half a step': { step: 2.5 },
        'no number': { innerIterations: '3' },
        'one that is missing': { restores: undefined },
        'more steps in the cycle than in all': { stepsInCycle: 100 },
        'more entries than there are': { entries: list.length },
        'less entries than there are': { entries: list.length - 2 },
      })) {
        await assertRefused(optimizer, withState(list, change), /which does not fit a list of/, what);
      }
      for (const text of ['', 'null', '[]', '{', '7', '{"step":1}']) {
        await assertRefused(optimizer, withText(list, text), /which does not fit a list of/, `'${text}'`);
      }
      disposeWithOuter(optimizer);
    });

    test(`${name}: an entry of another shape, dtype or count`, async () => {
      const { optimizer, list } = await around(name);
      for (const kind of ['inner', 'slow', 'momentum']) {
        const last = list.findLastIndex((weight) => weight.name.startsWith(`lookahead:1/${kind}/`));
        if (last < 0) continue; // this optimizer has none
        const refused = (changed, what) => assertRefused(optimizer, changed, /./, `${kind}: ${what}`);
        await refused(replaced(list, last, longer), 'shape');
        if (list[last].tensor.dtype === 'float32') await refused(replaced(list, last, asInt32), 'dtype');
        // (For SGD, which has no slots, that is a list of one variable; for one that has a slot for each, one not stepped yet.)
        const isGiven = name === 'SGD' || (kind === 'inner' && hasOneSlot.includes(name));
        if (!isGiven) await refused(recounted(without(list, last)), 'one is missing');
        // (A variable that is stepped twice has two, but they are numbered.)
        const more = twice(list, last);
        await refused(kind === 'slow' ? withState(more, { entries: list.length }) : recounted(more), 'one comes twice');
      }
      disposeWithOuter(optimizer);
    });

    test(`${name}: any one entry missing, or there twice`, async () => {
      const { optimizer, list } = await around(name);
      for (const i of list.keys()) {
        await assertRefused(optimizer, without(list, i), /./, `without ${list[i].name}`);
        await assertRefused(optimizer, twice(list, i), /./, `${list[i].name} twice`);
      }
      disposeWithOuter(optimizer);
    });
  }

  test('a list of a loop, for an optimizer, and the other way round', async () => {
    const { optimizer, variables, list } = await trained(tf.train.adam(0.1));
    const loop = new Lookahead(variables);
    const ofLoop = loop.getWeights();
    const says = /are of a Lookahead in a loop, but this one is around Adam\. Pass /;
    await assertRefused(optimizer, ofLoop, says, 'for the optimizer');
    await assertRefused(
      loop,
      list,
      /are of a Lookahead around Adam, but this one is in a loop\. Pass /,
      'for the loop',
    );
    tf.dispose([ofLoop, list]);
    optimizer.dispose();
    loop.dispose();
  });

  test('a list of another format, whose number the message names, and ours', async () => {
    const { optimizer, list } = await trained(tf.train.adam(0.1));
    const says =
      /hold 'lookahead:7\/.*', but this version of tfjs-lookahead reads format 1, 'lookahead:1\/\.\.\.'\. Load them with/;
    const asFormat7 = list.map(({ name, tensor }) => ({ name: name.replace('lookahead:1/', 'lookahead:7/'), tensor }));
    await assertRefused(optimizer, asFormat7, says, 'all');
    await assertRefused(optimizer, [...list.slice(0, -1), ...asFormat7.slice(-1)], says, 'the last');
    await assertRefused(optimizer, [...asFormat7.slice(0, -1), ...list.slice(-1)], says, 'all but the last');
    const two = replaced(list, list.length - 1, ({ tensor }) => ({ tensor: tf.stack([tensor, tensor]) }));
    await assertRefused(optimizer, two, /state.* must be string of shape \[\]/, 'two texts');
    optimizer.dispose();
  });

  for (const name of ['Adam', 'Adamax']) {
    test(`${name}: a name that has no place in the inner optimizer`, async () => {
      const { optimizer, list } = await trained(innerOptimizers[name]());
      const beta = list.findIndex((weight) => /^lookahead:1\/inner\/\d\/accBeta1$/.test(weight.name));
      assert.ok(beta >= 0);
      for (const other of ['accBeta3', 'learningRate', 'constructor', '__proto__', '']) {
        const renamed = replaced(list, beta, named(`lookahead:1/inner/${beta}/${other}`));
        await assertRefused(optimizer, renamed, /has no place in the inner optimizer|lack 'accBeta1'/, other);
      }
      const unknown = { name: 'lookahead:1/inner/0/accBeta3', tensor: list[beta].tensor };
      const added = recounted([unknown, ...list]);
      await assertRefused(optimizer, added, /'accBeta3' has no place in the inner optimizer/, 'one more');
      disposeWithOuter(optimizer);
    });
  }

  for (const [name, pullback] of Object.entries(pullbacks)) {
    test(`${name}, in a Lookahead in a Lookahead: cached momentum that does not fit`, async () => {
      for (const nested of [
        () => lookahead(innerOptimizers[name](), { k: 3 }),
        () => lookahead(innerOptimizers[name](), { k: 3, pullbackMomentum: pullback }),
        () => lookahead(lookahead(innerOptimizers[name](), { k: 3 }), { k: 1, pullbackMomentum: pullback }),
      ]) {
        const { optimizer, variables, list } = await trained(nested(), { pullbackMomentum: pullback });
        const last = list.length - 2;
        assert.is(list[last].name, 'lookahead:1/momentum/1/cached');
        for (const [what, changed] of Object.entries({
          shape: replaced(list, last, longer),
          dtype: replaced(list, last, asInt32),
          'one is missing': recounted(without(list, last)),
          'one comes twice': recounted(twice(list, last)),
        })) {
          await assertRefused(optimizer, changed, /cached momentum/, what);
        }
        await optimizer.setWeights(list); // the list itself fits
        assert.is(optimizer.iterations, 3);
        disposeWithOuter(optimizer);
        for (const w of variables) w.dispose();
      }
    });
  }

  test('what the inner optimizer itself refuses, after it has changed', async () => {
    class Choosy extends tf.AdamOptimizer {
      async setWeights(weights) {
        await super.setWeights(weights);
        throw new Error('I would rather not.');
      }
    }
    const { optimizer, list } = await trained(new Choosy(0.1, 0.9, 0.999), { pullbackMomentum: 'pullback' });
    const before = await wholeState(optimizer);
    assert.is(await messageOf(() => optimizer.setWeights(list)), 'I would rather not.');
    assert.equal(await wholeState(optimizer), before);
    disposeWithOuter(optimizer);
  });

  test('slots of another shape, by an inner and by an outer optimizer with a list of its own', async () => {
    class Listed extends tf.AdamOptimizer {
      async getWeights() {
        return super.getWeights();
      }

      async setWeights(weights) {
        return super.setWeights(weights);
      }
    }
    for (const role of ['inner', 'outer']) {
      const own = new Listed(0.1, 0.9, 0.999);
      const { optimizer, list } = await (role === 'inner' ? trained(own) : trained(tf.train.sgd(0.1), { outer: own }));
      const i = list.findIndex(({ name }) => name.startsWith(`lookahead:1/${role}Listed/1/`));
      await assertRefused(optimizer, replaced(list, i, longer), /is float32 of shape \[3\]/, role);
      disposeWithOuter(optimizer);
    }
  });

  /** Puts other variables into the slots that it has, and fails then. */
  class Refilling extends tf.MomentumOptimizer {
    async setWeights() {
      await null;
      for (const slot of this.accumulations) slot.variable = tf.zerosLike(slot.variable).variable(false);
      throw new Error('half-way');
    }
  }

  for (const role of ['inner', 'outer']) {
    test(`what is refused after other variables were put into slots, by the ${role} optimizer`, async () => {
      const refilling = new Refilling(0.1, 0.9);
      const { optimizer, list } = await (role === 'inner'
        ? trained(refilling)
        : trained(tf.train.adam(0.1), { outer: refilling }));
      const slots = refilling.accumulations.map(({ variable }) => variable);
      const values = await valuesOf(slots);
      assert.is(await messageOf(() => optimizer.setWeights(list)), 'half-way');
      assert.equal(
        refilling.accumulations.map(({ variable }) => variable.id),
        slots.map(({ id }) => id),
      );
      assert.equal(await valuesOf(slots), values);
      disposeWithOuter(optimizer);
    });
  }

  test('what is refused by a class with properties of any kind, and with another name for an array', async () => {
    class Odd extends tf.MomentumOptimizer {
      constructor() {
        super(0.1, 0.9);
        const held = { rate: 1 };
        const rate = {
          get: () => held.rate,
          set(value) {
            held.rate = value;
          },
        };
        Object.defineProperty(this, 'fixed', { enumerable: true, value: 7 });
        Object.defineProperty(this, 'rate', { ...rate, enumerable: true });
        this.frozen = Object.freeze([1]);
        this.slots = this.accumulations;
      }

      async setWeights() {
        this.rate = 2;
        this.more = true;
        this.slots.splice(0);
        throw new Error('half-way');
      }
    }
    const { optimizer, list } = await trained(new Odd());
    const { inner } = optimizer;
    const describe = () =>
      Object.getOwnPropertyNames(inner).map((name) => [name, Object.getOwnPropertyDescriptor(inner, name)]);
    const [before, slots] = [describe(), [...inner.slots]];
    assert.is(await messageOf(() => optimizer.setWeights(list)), 'half-way');
    for (const [i, [name, { get, value }]] of describe().entries()) {
      assert.is(name, before[i][0]);
      assert.is(get, before[i][1].get, name);
      assert.is(value, before[i][1].value, name);
    }
    assert.is(inner.rate, 1);
    assert.equal(
      inner.slots.map(({ variable }) => variable.id),
      slots.map(({ variable }) => variable.id),
    );
    disposeWithOuter(optimizer);
  });

  test('a Lookahead of a class of its own, inside, is as before when an outer optimizer refuses', async () => {
    class Mine extends LookaheadOptimizer {
      static get className() {
        return 'Mine';
      }
      async setWeights(weights) {
        return super.setWeights(weights);
      }
    }
    class Refusing extends tf.SGDOptimizer {
      async setWeights() {
        throw new Error('I would rather not.');
      }
    }
    const inner = new Mine(tf.train.adam(0.1), { k: 2 });
    const { optimizer, list } = await trained(inner, { outer: new Refusing(0.5) });
    const before = [await wholeState(optimizer), await wholeState(inner)];
    assert.is(await messageOf(() => optimizer.setWeights(list)), 'I would rather not.');
    assert.equal([await wholeState(optimizer), await wholeState(inner)], before);
    disposeWithOuter(optimizer);
  });

  test('variables that tf.disposeVariables() has taken, in a list of a bare optimizer; ours outlives them', async () => {
    const [optimizer, bare] = [lookahead(tf.train.adam(0.1)), tf.train.adam(0.1)];
    const variables = [newVariable([1, 2], [2], 'a')];
    for (const each of [optimizer, bare]) step(each, variables);
    const [list, own] = [await bare.getWeights(), await optimizer.getWeights()];
    tf.disposeVariables();
    const fresh = lookahead(tf.train.adam(0.1));
    await assertRefused(fresh, list, /'weights\[1\]\.tensor' was disposed, but must be alive/, 'a list of variables');
    await fresh.setWeights(own);
    assert.is(fresh.iterations, 1);
    list[0].tensor.dispose();
    for (const each of [optimizer, fresh]) each.dispose();
  });

  test("a bare optimizer's list that is cut, or of another model, is refused now or at the next step", async () => {
    const variables = [newVariable([1, 2], [2], 'a'), newVariable([3, 4, 5], [3], 'b')];
    const bare = tf.train.adam(0.1);
    step(bare, variables);
    const list = await bare.getWeights();
    const optimizer = lookahead(tf.train.adam(0.1));
    await assertRefused(optimizer, without(list, 1), /hold \d slots for|float32 of shape/, 'cut');
    const unused = lookahead(tf.train.adam(0.1)); // tfjs gives it iterations when they are first asked for, or restored
    assert.match(await messageOf(() => unused.setWeights(without(list, 1))), /./);
    assert.is(unused.iterations, 0);
    unused.dispose();
    await optimizer.setWeights(list);
    const swapped = [...variables].reverse();
    const before = await wholeState(optimizer);
    assert.throws(
      () => step(optimizer, swapped),
      /applyGradients: 'b' has shape \[3\], but the inner optimizer .* of shape \[2\].*Make a new optimizer/,
    );
    assert.equal(await wholeState(optimizer), before);
    step(optimizer, variables);
    assert.is(optimizer.iterations, 2);
    list[0].tensor.dispose();
    bare.dispose();
    optimizer.dispose();
  });

  test('what is no list, or none of these optimizers', async () => {
    const [{ optimizer, list }, other] = [await around('Adam'), await around('RMSProp')];
    const last = list.length - 1;
    const slow = list.findIndex(({ name }) => name.startsWith('lookahead:1/slow/'));
    assert.is(list[last].name, 'lookahead:1/state');
    const ofInner = await optimizer.inner.getWeights();
    for (const [changed, says] of [
      [undefined, /'weights' is undefined, but must be a list of named tensors/],
      [[], /'weights' is an empty array, but must be/],
      [list.map((weight, i) => (i === 1 ? undefined : weight)), /'weights\[1\]\.tensor' is undefined/],
      [Object.assign([...list], { length: list.length + 1 }), /'weights\[\d+\]\.tensor' is undefined/],
      [other.list, /of a Lookahead around RMSProp, but this one is around Adam/],
      [ofInner.slice(1), /'weights\[0\]\.tensor' is float32 of shape \[2\], but must be int32 of shape \[\]/],
      [[...ofInner, ...list], /'iter' stands where getWeights\(\) puts another|does not fit/],
      [withState([...ofInner, ...list], { entries: ofInner.length + last }), /'iter' stands where getWeights\(\) puts/],
      [[list[1], list[0], ...list.slice(2)], /'lookahead:1\/inner\/1\/.*' stands where getWeights\(\) puts/],
      [replaced(list, 0, named('lookahead:1/more/0/accBeta1')), /'lookahead:1\/more\/0\/accBeta1' stands where/],
      [[...list.slice(0, 3), ...list.slice(-2)], /does not fit/],
      [withState([...list.slice(0, -3), ...list.slice(-2)], { entries: last - 1 }), /stands where/],
      [replaced(list, 0, ofDisposed), /'weights\[0\]\.tensor' was disposed/],
      [replaced(list, 1, () => ({ tensor: undefined })), /'weights\[1\]\.tensor' is undefined/],
      [[ofInner[0], { tensor: list[1].tensor }], /'weights\[1\]\.name' is undefined, but must be a string/],
      [replaced(list, last, () => ({ tensor: tf.scalar(1, 'int32') })), /state.* must be string of shape \[\]/],
      [withState(list, { of: 'around SGD' }), /of a Lookahead around SGD, but this one is around Adam/],
      [replaced(list, slow, longer), /'the slow weight of '\d+'' is float32 of shape \[3\]/],
    ]) {
      await assertRefused(optimizer, changed, says, `${says}`);
    }
    ofInner[0].tensor.dispose();
    for (const each of [optimizer, other.optimizer]) disposeWithOuter(each);
  });

  test('an optimizer refuses a list with another outer optimizer, with none, or with one where it has none', async () => {
    const lists = {};
    for (const [name, config] of Object.entries({
      none: {},
      SGD: { outer: tf.train.sgd(1) },
      Momentum: { outer: tf.train.momentum(1, 0.5) },
      Adam: { outer: tf.train.adam(0.1) },
    })) {
      lists[name] = await trained(tf.train.sgd(1), config);
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
      const { optimizer, list } = await trained(tf.train.sgd(1), { outer: make() });
      const outer = list.flatMap((weight, i) => (isOuter(weight) ? [i] : []));
      assert.is(outer.length, name === 'Adam' ? 6 : 2);
      for (const [at, i] of outer.entries()) {
        const start = `lookahead:1/outer/${at}`;
        const refused = (changed, says, what) => assertRefused(optimizer, changed, says, `${list[i].name}: ${what}`);
        await refused(without(list, i), /stands where|does not fit/, 'missing');
        const isOnlyOne = name !== 'Adam'; // then the other variable alone has one, as if this one were new
        if (!isOnlyOne)
          await refused(recounted(without(list, i)), /lack '.*' of the outer optimizer/, 'missing, and counted');
        await refused(recounted(twice(list, i)), /comes twice/, 'twice');
        for (const [what, change, says] of [
          ['shape', longer, /is float32 of shape \[\d\], but must be float32 of shape/],
          ['dtype', asInt32, /is int32 of shape \[\d?\], but must be float32 of shape/],
          ['disposed', ofDisposed, /was disposed, but must be alive/],
        ]) {
          await refused(replaced(list, i, change), says, what);
        }
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
          const renamed = replaced(list, i, named(`${start}/${place}`));
          await refused(renamed, /has no place in the outer optimizer|lack '/, place);
        }
        const [property, position, ...rest] = list[i].name.slice(start.length + 1).split('/');
        if (position === undefined) continue;
        for (const other of ['2', '-1', '0.5', '00', '', ' 0', '1e0', 'length']) {
          const renamed = replaced(list, i, named([start, property, other, ...rest].join('/')));
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
        await refused(twice(list, i), /./, 'twice');
        await refused(
          replaced(list, i, () => ({ tensor: tf.zeros([7]) })),
          /must be (float32|string) of shape/,
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
      for (const [name, bad] of [
        ['step', -1],
        ['stepsInCycle', -1],
        ['stepsInCycle', 100],
        ['entries', -1],
        ['outerIterations', -1],
      ]) {
        assert.type(stateIn(list)[name], 'number');
        const says = new RegExp(`is {.*"${name}":${bad}[,}].*, which does not fit`);
        await assertRefused(subject, withState(list, { [name]: bad }), says, `${name} ${bad}`);
      }
      for (const each of [subject, ...others]) disposeWithOuter(each);
    });
  }
});
