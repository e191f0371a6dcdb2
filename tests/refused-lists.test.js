/** Lists that `getWeights()` never gives: each is refused, and nothing has changed then. */
import { Lookahead, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { disposeWithInner, innerOptimizers, withoutReplacedSlots } from './support/inner-optimizers.js';
import { isExact } from './support/reference.js';
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

  const step = (optimizer, variables) =>
    tf.tidy(() => optimizer.applyGradients(variables.map((w) => ({ name: w.name, tensor: tf.mul(w, 0.5) }))));

  /** An optimizer in mid-cycle after a merge, and a list of copies of its weights. */
  async function trained(inner, pullbackMomentum = 'none') {
    const variables = [newVariable([1, 2], [2], 'a'), newVariable([3, 4, 5], [3], 'b')];
    const optimizer = lookahead(inner, { k: 2, pullbackMomentum });
    for (let i = 0; i < 3; ++i) step(optimizer, variables);
    const weights = await optimizer.getWeights();
    const list = [];
    for (const { name, tensor } of weights) {
      list.push({ name, tensor: tf.tensor((await tensor.data()).slice(), tensor.shape, tensor.dtype) });
    }
    weights[0].tensor.dispose();
    step(optimizer, variables); // so that the list is not what the optimizer holds
    return { optimizer, variables, list };
  }

  async function assertRefused(optimizer, list, pattern, what) {
    const before = await wholeState(optimizer);
    const message = await messageOf(() => optimizer.setWeights(list));
    assert.match(message || 'not refused', pattern, what);
    assert.equal(await wholeState(optimizer), before, `${what}: nothing has changed`);
  }

  const replaced = (list, i, change) => list.map((weight, j) => (j === i ? { ...weight, ...change(weight) } : weight));
  const without = (list, i) => list.filter((_, j) => j !== i);
  const withCounts = (list, counts) =>
    replaced(list, list.length - 1, () => ({ tensor: tf.tensor1d(counts, 'int32') }));
  const countsOf = (list) => [...list.at(-1).tensor.dataSync()];
  const changedCounts = (list, change) => {
    const counts = countsOf(list);
    for (const [i, by] of Object.entries(change)) counts[i] += by;
    return withCounts(list, counts);
  };
  const [STEP, IN_CYCLE, LISTED, LEFT_OUT, SLOW, MOMENTUM] = [0, 1, 2, 3, 4, 5];
  const longer = ({ tensor }) => ({ tensor: tf.zeros([tensor.size + 1]) });
  const asInt32 = ({ tensor }) => ({ tensor: tf.cast(tensor, 'int32') });

  for (const [name, inner] of Object.entries(innerOptimizers)) {
    test(`${name}: the last entry missing or renamed, which does not make a bare optimizer's list of it`, async () => {
      const { optimizer, list } = await trained(inner(), pullbacks[name]);
      await assertRefused(optimizer, list.slice(0, -1), /do not end with 'lookahead:1\/counts/, 'missing');
      for (const other of ['counts', 'lookahead:1/count/Adam', 'iter']) {
        const renamed = replaced(list, list.length - 1, () => ({ name: other }));
        await assertRefused(optimizer, renamed, /do not end with 'lookahead:1\/counts/, other);
      }
      disposeWithInner(optimizer);
    });

    test(`${name}: counts that no list has`, async () => {
      const { optimizer, list } = await trained(inner(), pullbacks[name]);
      for (const [what, change] of Object.entries({
        'negative lengths that add up': { [LEFT_OUT]: -9, [SLOW]: 9 },
        'a negative number of slow weights': { [SLOW]: -5 },
        'a negative number of momenta': { [MOMENTUM]: -9, [LEFT_OUT]: 9 },
        'one more that the inner optimizer listed': { [LISTED]: 1 },
        'one less that the inner optimizer listed': { [LISTED]: -1 },
        'none that the inner optimizer listed': { [LISTED]: 0 - countsOf(list)[LISTED] },
        'a negative step': { [STEP]: -100, [IN_CYCLE]: -100 },
        'more steps in the cycle than in all': { [IN_CYCLE]: 100 },
        'more entries than there are': { [SLOW]: 100 },
      })) {
        await assertRefused(optimizer, changedCounts(list, change), /which does not fit a list of/, what);
      }
      disposeWithInner(optimizer);
    });

    test(`${name}: an entry of another shape, dtype or count`, async () => {
      const { optimizer, list } = await trained(inner(), pullbacks[name]);
      const kinds = { inner: LEFT_OUT, slow: SLOW, momentum: MOMENTUM };
      for (const [kind, count] of Object.entries(kinds)) {
        const last = list.findLastIndex((weight) => weight.name.startsWith(`lookahead:1/${kind}/`));
        if (last < 0) continue; // this optimizer has none
        const refused = (changed, what) => assertRefused(optimizer, changed, /./, `${kind}: ${what}`);
        await refused(replaced(list, last, longer), 'shape');
        if (list[last].tensor.dtype === 'float32') await refused(replaced(list, last, asInt32), 'dtype');
        // (For SGD, which has no slots, that is a list of one variable.)
        if (name !== 'SGD') await refused(changedCounts(without(list, last), { [count]: -1 }), 'one is missing');
        const twice = [...list.slice(0, last), list[last], ...list.slice(last)];
        await refused(changedCounts(twice, { [count]: 1 }), 'one comes twice');
      }
      const own = list.findIndex((weight) => /^[ab]\//.test(weight.name));
      if (own >= 0) {
        await assertRefused(optimizer, replaced(list, own, longer), /must be float32 of shape/, 'a slot');
        await assertRefused(optimizer, without(list, own), /./, 'a slot is missing');
      }
      disposeWithInner(optimizer);
    });
  }

  for (const [name, inner] of Object.entries(innerOptimizers)) {
    test(`${name}: any one entry missing, or there twice`, async () => {
      const { optimizer, list } = await trained(inner(), pullbacks[name]);
      for (const i of list.keys()) {
        await assertRefused(optimizer, without(list, i), /./, `without ${list[i].name}`);
        const twice = [...list.slice(0, i), list[i], ...list.slice(i)];
        await assertRefused(optimizer, twice, /./, `${list[i].name} twice`);
      }
      disposeWithInner(optimizer);
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
        const renamed = replaced(list, beta, () => ({ name: `lookahead:1/inner/${other}` }));
        await assertRefused(optimizer, renamed, /has no place in the inner optimizer|lack 'accBeta1'/, other);
      }
      const unknown = [...list.slice(0, beta), { name: 'lookahead:1/inner/accBeta3', tensor: list[beta].tensor }];
      const added = changedCounts([...unknown, ...list.slice(beta)], { [LEFT_OUT]: 1 });
      await assertRefused(optimizer, added, /'accBeta3' has no place in the inner optimizer/, 'one more');
      disposeWithInner(optimizer);
    });
  }

  for (const [name, pullback] of Object.entries(pullbacks)) {
    test(`${name}, in a Lookahead in a Lookahead: cached momentum that does not fit`, async () => {
      for (const nested of [
        () => lookahead(innerOptimizers[name](), { k: 3 }),
        () => lookahead(innerOptimizers[name](), { k: 3, pullbackMomentum: pullback }),
        () => lookahead(lookahead(innerOptimizers[name](), { k: 3 }), { k: 1, pullbackMomentum: pullback }),
      ]) {
        const { optimizer, variables, list } = await trained(nested(), pullback);
        const last = list.length - 2;
        assert.match(list[last].name, /^(lookahead:1\/){2,3}momentum\/1$/);
        for (const [what, changed] of Object.entries({
          shape: replaced(list, last, longer),
          dtype: replaced(list, last, asInt32),
          'one is missing': changedCounts(without(list, last), { [MOMENTUM]: -1 }),
          'one comes twice': changedCounts([...list.slice(0, -1), ...list.slice(-2)], { [MOMENTUM]: 1 }),
        })) {
          await assertRefused(optimizer, changed, /cached momentum/, what);
        }
        let innermost = optimizer;
        while (innermost.inner.inner) innermost = innermost.inner;
        await withoutReplacedSlots(innermost, () => optimizer.setWeights(list)); // the list itself fits
        assert.is(optimizer.iterations, 3);
        optimizer.dispose();
        disposeWithInner(innermost);
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
    const { optimizer, list } = await trained(new Choosy(0.1, 0.9, 0.999), 'pullback');
    const before = await wholeState(optimizer);
    assert.is(await messageOf(() => optimizer.setWeights(list)), 'I would rather not.');
    assert.equal(await wholeState(optimizer), before);
    disposeWithInner(optimizer);
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
});
