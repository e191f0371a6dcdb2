/** Lists that `getWeights()` never gives: each is refused, and nothing has changed then. */
import { Lookahead, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { add, newVariable, onEachBackend } from './support/backends.js';
import { innerOptimizers, withoutReplacedSlots } from './support/inner-optimizers.js';
import { disposeWithOuter, outerOptimizers } from './support/outer-optimizers.js';
import { isExact } from './support/reference.js';
import {
  assertRefused,
  COUNT,
  changedCounts,
  countsOf,
  listOf,
  replaced,
  step,
  twice,
  without,
} from './support/saved-lists.js';
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
      await assertRefused(optimizer, list.slice(0, -1), /do not end with 'lookahead:1\/counts/, 'missing');
      for (const other of ['counts', 'lookahead:1/count/Adam', 'iter']) {
        const renamed = replaced(list, list.length - 1, named(other));
        await assertRefused(optimizer, renamed, /do not end with 'lookahead:1\/counts/, other);
      }
      disposeWithOuter(optimizer);
    });

    test(`${name}: counts that no list has`, async () => {
      const { optimizer, list } = await around(name);
      for (const [what, change] of Object.entries({
        'negative lengths that add up': { inner: -9, slow: 9 },
        'a negative number of slow weights': { slow: -5 },
        'a negative number of momenta': { momentum: -9, inner: 9 },
        'one more that the inner optimizer listed': { listed: 1 },
        'one less that the inner optimizer listed': { listed: -1 },
        'none that the inner optimizer listed': { listed: 0 - countsOf(list)[COUNT.listed] },
        'a negative step': { step: -100, inCycle: -100 },
        'more steps in the cycle than in all': { inCycle: 100 },
        'more entries than there are': { slow: 100 },
      })) {
        await assertRefused(optimizer, changedCounts(list, change), /which does not fit a list of/, what);
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
        // (For SGD, which has no slots, that is a list of one variable.)
        if (name !== 'SGD') await refused(changedCounts(without(list, last), { [kind]: -1 }), 'one is missing');
        await refused(changedCounts(twice(list, last), { [kind]: 1 }), 'one comes twice');
      }
      const own = list.findIndex((weight) => /^\d+\//.test(weight.name));
      if (own >= 0) {
        await assertRefused(optimizer, replaced(list, own, longer), /must be float32 of shape/, 'a slot');
        await assertRefused(optimizer, without(list, own), /./, 'a slot is missing');
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
    const says = /hold 'lookahead:7\/.*', which is of format 7, but this version of tfjs-lookahead reads format 1/;
    const asFormat7 = list.map(({ name, tensor }) => ({ name: name.replace('lookahead:1/', 'lookahead:7/'), tensor }));
    await assertRefused(optimizer, asFormat7, says, 'all');
    await assertRefused(optimizer, [...list.slice(0, -1), ...asFormat7.slice(-1)], says, 'the last');
    await assertRefused(optimizer, [...asFormat7.slice(0, -1), ...list.slice(-1)], says, 'all but the last');
    const longer = replaced(list, list.length - 1, ({ tensor }) => ({ tensor: tf.pad(tensor, [[0, 1]]) }));
    await assertRefused(optimizer, longer, /counts.* must be int32 of shape \[12\]/, 'one more counter');
    optimizer.dispose();
  });

  for (const name of ['Adam', 'Adamax']) {
    test(`${name}: a name that has no place in the inner optimizer`, async () => {
      const { optimizer, list } = await trained(innerOptimizers[name]());
      const beta = list.findIndex((weight) => weight.name === 'lookahead:1/inner/accBeta1');
      assert.ok(beta > 0);
      for (const other of ['accBeta3', 'learningRate', 'constructor', '__proto__', '']) {
        const renamed = replaced(list, beta, named(`lookahead:1/inner/${other}`));
        await assertRefused(optimizer, renamed, /has no place in the inner optimizer|lack 'accBeta1'/, other);
      }
      const unknown = [...list.slice(0, beta), { name: 'lookahead:1/inner/accBeta3', tensor: list[beta].tensor }];
      const added = changedCounts([...unknown, ...list.slice(beta)], { inner: 1 });
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
        assert.match(list[last].name, /^(lookahead:1\/){2,3}momentum\/1$/);
        for (const [what, changed] of Object.entries({
          shape: replaced(list, last, longer),
          dtype: replaced(list, last, asInt32),
          'one is missing': changedCounts(without(list, last), { momentum: -1 }),
          'one comes twice': changedCounts(twice(list, last), { momentum: 1 }),
        })) {
          await assertRefused(optimizer, changed, /cached momentum/, what);
        }
        await withoutReplacedSlots(optimizer, () => optimizer.setWeights(list)); // the list itself fits
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
    assert.is(list[last].name, 'lookahead:1/counts/Adam');
    for (const [changed, says] of [
      [undefined, /'weights' is undefined, but must be a list of named tensors/],
      [[], /'weights' is an empty array, but must be/],
      [other.list, /of a Lookahead around RMSProp, but this one is around Adam/],
      [list.slice(1), /'weights\[0\]\.tensor' is float32 of shape \[2\], but must be int32 of shape \[\]/],
      [[...list.slice(0, 3), ...list.slice(-2)], /does not fit|stands where/],
      [[...list.slice(0, -3), ...list.slice(-2)], /does not fit/],
      [replaced(list, 0, ofDisposed), /'weights\[0\]\.tensor' was disposed/],
      [replaced(list, 1, () => ({ tensor: undefined })), /'weights\[1\]\.tensor' is undefined/],
      [[list[0], { tensor: list[1].tensor }], /'weights\[1\]\.name' is undefined, but must be a string/],
      [replaced(list, last, () => ({ tensor: tf.scalar(1, 'int32') })), /counts.* must be int32 of shape \[12\]/],
      [changedCounts(list, { listed: 4 }), /does not fit/],
      [replaced(list, slow, longer), /'the slow weight of '\d+'' is float32 of shape \[3\]/],
    ]) {
      await assertRefused(optimizer, changed, says, `${says}`);
    }
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
      for (const i of outer) {
        const refused = (changed, says, what) => assertRefused(optimizer, changed, says, `${list[i].name}: ${what}`);
        await refused(without(list, i), /stands where|does not fit/, 'missing');
        const isOnlyOne = name !== 'Adam'; // then the other variable alone has one, as if this one were new
        if (!isOnlyOne)
          await refused(
            changedCounts(without(list, i), { outer: -1 }),
            /lack '.*' of the outer optimizer/,
            'missing, and counted',
          );
        await refused(changedCounts(twice(list, i), { outer: 1 }), /comes twice/, 'twice');
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
          const renamed = replaced(list, i, named(`lookahead:1/outer/${place}`));
          await refused(renamed, /has no place in the outer optimizer|lack '/, place);
        }
        const [property, position, ...rest] = list[i].name.slice('lookahead:1/outer/'.length).split('/');
        if (position === undefined) continue;
        for (const other of ['2', '-1', '0.5', '00', '', ' 0', '1e0', 'length']) {
          const renamed = replaced(list, i, named(['lookahead:1/outer', property, other, ...rest].join('/')));
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
      for (const [name, bad] of [
        ['step', -1],
        ['inCycle', -1],
        ['inCycle', 100],
        ['outer', -1],
        ['outerIterations', -1],
      ]) {
        const changed = changedCounts(list, { [name]: bad - countsOf(list)[COUNT[name]] });
        const says = new RegExp(`is \\[${countsOf(changed)}\\], which does not fit`);
        await assertRefused(subject, changed, says, `${name} ${bad}`);
      }
      for (const each of [subject, ...others]) disposeWithOuter(each);
    });
  }
});
