/**
 * Which variables a restored state finds, whatever was frozen when it was saved, and what is refused until it has found
 * them.
 */
import * as fc from 'fast-check';
import { lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { aPartOf } from './support/amounts.js';
import { newVariable, onEachBackend } from './support/backends.js';
import { disposeWithInner, innerOptimizers, testWith } from './support/inner-optimizers.js';
import { disposeOptimizer } from './support/plain-and-wrapped.js';
import { assertSameWeights, isExact } from './support/reference.js';
import { listOf } from './support/saved-lists.js';
import { assignValues, valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';
import { messageOf } from './support/whole-state.js';

const pullbacks = { Momentum: 'pullback', Adam: 'pullback', Adamax: 'pullback', 'RMSProp with momentum': 'reset' };

onEachBackend('restoring a LookaheadOptimizer', (test, backend) => {
  if (!isExact(backend)) return; // nothing here depends on who computes

  const make = (name = 'Adam') => lookahead(innerOptimizers[name](), { k: 3, pullbackMomentum: pullbacks[name] });
  /** Two of one shape and one of another: if they are taken for each other, either the values or an error show it. */
  const makeVariables = (suffix = '') =>
    [1, 2, 2].map((size, i) => newVariable(new Float32Array(size).fill(i + 1), [size], `w${i}${suffix}`));
  const step = (optimizer, variables) =>
    tf.tidy(() => optimizer.applyGradients(variables.map((w) => ({ name: w.name, tensor: tf.mul(w, 0.5 + w.size) }))));

  const disposeAll = (...optimizers) => optimizers.forEach(disposeWithInner);

  async function trained(variables) {
    const optimizer = make();
    for (let i = 0; i < 2; ++i) step(optimizer, variables);
    return { optimizer, weights: await listOf(optimizer) };
  }

  const subset = fc.uniqueArray(fc.constantFrom(0, 1, 2), { minLength: 1 });

  for (const name of ['SGD', 'Momentum', 'RMSProp with momentum', 'Adam', 'Adamax', 'Adagrad']) {
    const testHere = testWith(name, backend, test);

    testHere(
      `${name}, property: whatever subsets are trained before and after, the continued run equals the uninterrupted one`,
      () =>
        fc.assert(
          fc.asyncProperty(
            fc.array(subset, { minLength: 1, maxLength: 5 }),
            fc.array(subset, { minLength: 1, maxLength: 5 }),
            async (before, after) => {
              const variables = makeVariables();
              try {
                const pick = (indices) => indices.map((i) => variables[i]);
                const plain = make(name);
                for (const indices of before) step(plain, pick(indices));
                const weights = await listOf(plain);
                const values = await valuesOf(variables);
                const met = plain.variables;
                for (const indices of after) step(plain, pick(indices));
                const expected = await valuesOf(variables);

                assignValues(variables, values);
                const resumed = make(name);
                await resumed.setWeights(weights);
                const first = pick(after[0]);
                if (first.some((w) => !met.includes(w)) && met.some((w) => !first.includes(w))) {
                  // As many others could be the saved ones under new names, so the user has to say it.
                  const mayBeRenamed = first.length >= met.length && !first.some((w) => met.includes(w));
                  if (!mayBeRenamed) {
                    assert.throws(
                      () => step(resumed, first),
                      /'w\d' was not saved, and 'w\d', which was, is not listed/,
                    );
                    assert.equal(await valuesOf(variables), values, 'nothing has changed');
                  }
                  resumed.add(met);
                }
                for (const indices of after) step(resumed, pick(indices));
                assertSameWeights(await valuesOf(variables), expected, `${JSON.stringify({ before, after })}`);
                disposeAll(plain, resumed);
                tf.dispose(weights);
              } finally {
                for (const w of variables) w.dispose();
              }
            },
          ),
          { seed: 1, numRuns: aPartOf(25), includeErrorInReport: true },
        ),
    );

    testHere(`${name}: back to a state of fewer variables`, async () => {
      const variables = makeVariables();
      const optimizer = make(name);
      for (let i = 0; i < 4; ++i) step(optimizer, variables.slice(0, 2));
      const weights = await listOf(optimizer);
      const values = await valuesOf(variables);
      const run = async () => {
        for (let i = 0; i < 4; ++i) step(optimizer, variables);
        return valuesOf(variables);
      };
      const expected = await run();
      assignValues(variables, values);
      await optimizer.setWeights(weights);
      assertSameWeights(await run(), expected, name);
      disposeAll(optimizer);
    });
  }

  /**
   * The layers that are trained, as in a model: in its order, some of them frozen. All have one shape, so that only the
   * values show it if they are taken for each other.
   */
  const trainedLayers = fc.subarray([0, 1, 2], { minLength: 1 });
  const phases = fc.array(trainedLayers, { minLength: 1, maxLength: 4 });
  const makeLayers = (nameOf) => [0, 1, 2].map((i) => newVariable([i + 1, -i], [2], nameOf(i)));

  /** The same program without an end, and saved after `before`; `resume` then gets what it needs to go on with `after`. */
  async function assertContinued({ before, after }, nameOf, resume) {
    const layers = makeLayers((i) => `layer${i}/kernel`);
    const again = makeLayers(nameOf);
    try {
      const uninterrupted = make();
      const train = (optimizer, variables, phase) => {
        for (let i = 0; i < 2; ++i) {
          step(
            optimizer,
            phase.map((layer) => variables[layer]),
          );
        }
      };
      for (const phase of before) train(uninterrupted, layers, phase);
      const weights = await listOf(uninterrupted);
      const met = uninterrupted.variables.map((w) => layers.indexOf(w));
      assignValues(again, await valuesOf(layers));
      for (const phase of after) train(uninterrupted, layers, phase);

      const resumed = make();
      await resumed.setWeights(weights);
      const first = after[0].map((layer) => again[layer]);
      const values = await valuesOf(again);
      await resume({
        resumed,
        met: met.map((layer) => again[layer]),
        areMetListed: met.every((layer) => after[0].includes(layer)),
        first,
        async assertRefused(call) {
          assert.throws(call, /was not saved, and .* is not listed.* Name the \d that were saved, and no others/);
          assert.equal(await valuesOf(again), values, 'nothing has changed');
          assert.equal(resumed.variables, []);
        },
      });
      for (const phase of after) train(resumed, again, phase);
      assertSameWeights(await valuesOf(again), await valuesOf(layers), JSON.stringify({ before, after }));
      disposeAll(uninterrupted, resumed);
      tf.dispose(weights);
    } finally {
      for (const w of [...layers, ...again]) w.dispose();
    }
  }

  const propertyOf = (check) =>
    fc.assert(fc.asyncProperty(fc.record({ before: phases, after: phases }), check), {
      seed: 2,
      numRuns: aPartOf(60),
      includeErrorInReport: true,
    });

  test('property: frozen, unfrozen, saved, and loaded in the same page: right, or refused until all saved are named', () =>
    propertyOf((program) =>
      assertContinued(
        program,
        (i) => `layer${i}/kernel_1`,
        async ({ resumed, met, areMetListed, first, assertRefused }) => {
          if (areMetListed) return;
          await assertRefused(() => step(resumed, first));
          resumed.add([...met].reverse()); // the names tell
        },
      ),
    ));

  test('property: the same with a model that is built anew, whose names tell nothing', () =>
    propertyOf((program) => {
      // As many other layers could be the saved ones under new names, so the user has to say it.
      const isFirst = (phase, i, all) => all.findIndex((other) => `${other}` === `${phase}`) === i;
      const seen = program.before.filter(isFirst);
      const met = new Set(seen.flat());
      fc.pre(program.after[0].length !== met.size || program.after[0].every((layer) => met.has(layer)));
      const areAllListedAtOnce = (phases) => phases.some(({ length }) => length === met.size);
      return assertContinued(
        program,
        (i) => `anew${i}/kernel`,
        async ({ resumed, met, areMetListed, first, assertRefused }) => {
          const inModelOrder = [...met].sort((a, b) => (a.name < b.name ? -1 : 1));
          const isCertain = areAllListedAtOnce(program.before) && met.every((w, i) => w === inModelOrder[i]);
          if (areMetListed && first.length === met.length && isCertain) return;
          await assertRefused(() => step(resumed, first));
          if (first.length !== met.length) await assertRefused(() => resumed.add([...first]));
          resumed.add(met);
        },
      );
    }));

  test('named in the order in which they were saved, and saved again before a step: that order is still not certain', async () => {
    const make = () => lookahead(tf.train.sgd(0.1));
    const [old, anew, last] = ['old', 'anew', 'last'].map((model) => makeLayers((i) => `${model}${i}/kernel`));
    const optimizer = make();
    step(optimizer, old.slice(1));
    step(optimizer, old);
    const resumed = make();
    await resumed.setWeights(await listOf(optimizer));
    resumed.add([...anew.slice(1), anew[0]]);
    const again = make();
    await again.setWeights(await listOf(resumed));
    assert.throws(() => step(again, last), /they cannot be matched/);
    disposeAll(optimizer, resumed, again);
  });

  for (const [what, nameOf, taken] of [
    ['loaded again, with other layers trained', (i) => `layer${i}/kernel_1`, [1, 2]],
    ['loaded again, with another layer trained', (i) => `layer${i}/kernel_1`, [2]],
    ['loaded, loaded again', (i) => `layer${i}/kernel_2`, [1, 2]],
  ]) {
    test(`${what}: as many layers are no reason to take them for those that were saved`, async () => {
      const layers = makeLayers((i) => `layer${i}/kernel`);
      const optimizer = make();
      const saved = taken.map((i) => layers[i - 1]);
      step(optimizer, saved);
      const weights = await listOf(optimizer);
      const again = makeLayers(nameOf);
      const resumed = make();
      await resumed.setWeights(weights);
      const listed = taken.map((i) => again[i]);
      assert.throws(() => step(resumed, listed), /they cannot be matched/);
      assert.throws(() => resumed.add(listed), /they cannot be matched/);
      resumed.add(taken.map((i) => again[i - 1]));
      disposeAll(optimizer, resumed);
    });
  }

  for (const [what, before, after] of [
    ['numbered by the program', ['w_0', 'w_1', 'w_2'], ['w_3', 'w_4', 'w_5']],
    ['by the default', [undefined, undefined, undefined], [undefined, undefined, undefined]],
    ['of layers of its own', ['a/w_0', 'a/w_1', 'a/b'], ['b/w_0', 'b/w_1', 'b/b']],
    ['of layers of its own that are loaded', ['a/w_0', 'a/w_1', 'a/b'], ['a/w_0_1', 'a/w_1_1', 'a/b_1']],
    ['loaded again and again', ['a/k_1', 'b/k_1', 'c/k'], ['a/k_2', 'b/k_3', 'c/k_1']],
    ['saved when loaded twice, and loaded once', ['a/k_1', 'b/k_1', 'c/k_1'], ['a/k', 'b/k', 'c/k']],
  ]) {
    test(`in the same order, with names ${what}`, async () => {
      const old = makeLayers((i) => before[i]);
      const optimizer = make();
      for (let i = 0; i < 2; ++i) step(optimizer, old);
      const weights = await listOf(optimizer);
      const again = makeLayers((i) => after[i]);
      assignValues(again, await valuesOf(old));
      const resumed = make();
      await resumed.setWeights(weights);
      for (let i = 0; i < 3; ++i) {
        step(optimizer, old);
        step(resumed, again);
      }
      assertSameWeights(await valuesOf(again), await valuesOf(old), what);
      disposeAll(optimizer, resumed);
    });
  }

  test('by position, where none has its saved name: all, in their order, or nothing', async () => {
    const [old, renamed] = [makeVariables(), makeVariables('anew')];
    const { optimizer, weights } = await trained(old);
    tf.tidy(() => {
      for (const [i, w] of renamed.entries()) w.assign(old[i]);
    });
    const resumed = make();
    await resumed.setWeights(weights);
    const before = await valuesOf(renamed);
    assert.throws(
      () => step(resumed, renamed.slice(0, 2)),
      /LookaheadOptimizer\.applyGradients: 'w0anew' was not saved, and 'w0', which was, is not listed.* Name the 3 that were saved, and no others, in their order: optimizer\.add\(variables\)\. Or give them their names again: w0, w1, w2\./,
    );
    assert.equal(await valuesOf(renamed), before);
    resumed.add(renamed);
    for (const [each, variables] of [
      [optimizer, old],
      [resumed, renamed],
    ]) {
      step(each, variables.slice(0, 2));
      step(each, variables);
    }
    assertSameWeights(await valuesOf(renamed), await valuesOf(old), 'continued');
    disposeAll(optimizer, resumed);
  });

  test('saved again before all is met, it is the same', async () => {
    const variables = makeVariables();
    const optimizer = make();
    step(optimizer, variables.slice(1));
    step(optimizer, variables); // in another order than they are met
    const first = await listOf(optimizer);
    const resumed = make();
    await resumed.setWeights(first);
    const second = await listOf(resumed);
    assert.equal(
      second.map(({ name }) => name),
      first.map(({ name }) => name),
    );
    assert.equal(await valuesOf(second.map(({ tensor }) => tensor)), await valuesOf(first.map(({ tensor }) => tensor)));
    disposeAll(optimizer, resumed);
  });

  test('setWeights of what was saved of other variables touches none, and says so at the next step', async () => {
    const [saved, other, mine] = makeVariables();
    const optimizer = make('SGD');
    step(optimizer, [saved, other]);
    const weights = await listOf(optimizer);
    const inUse = make('SGD');
    step(inUse, [other, mine]);
    await inUse.setWeights(weights);
    assert.equal(inUse.variables, []);
    const before = await valuesOf([saved, other, mine]);
    assert.throws(() => step(inUse, [other, mine]), /'w2' was not saved, and 'w0', which was/);
    assert.throws(() => inUse.flush(), /LookaheadOptimizer\.flush: .* wait for their variables.* optimizer\.add/);
    assert.equal(await valuesOf([saved, other, mine]), before);
    await inUse.setWeights(weights); // as often as you like
    disposeAll(optimizer, inUse);
  });

  for (const pullbackMomentum of ['none', 'reset', 'pullback']) {
    test(`${pullbackMomentum}: right after loading, flush waits for the variables; then it merges`, async () => {
      const w = newVariable([0], [1], 'w');
      const ones = (optimizer) => tf.tidy(() => optimizer.applyGradients({ w: tf.ones([1]) }));
      const optimizer = lookahead(tf.train.momentum(1, 0.5), { pullbackMomentum });
      for (let i = 0; i < 2; ++i) ones(optimizer);
      const weights = await listOf(optimizer);
      const resumed = lookahead(tf.train.momentum(1, 0.5), { pullbackMomentum });
      await resumed.setWeights(weights);
      assert.throws(() => resumed.flush(), /wait for their variables/);
      assert.equal([...(await w.data())], [-2.5], '-1, then -1.5 with a momentum of 1.5');
      const [{ variable }] = resumed.inner.accumulations;
      assert.equal([...(await variable.data())], [1.5], 'nothing has changed');
      resumed.add([w]);
      resumed.flush();
      assert.equal([...(await w.data())], [-1.25], 'half way from 0');
      const merged = { none: 1.5, reset: 0, pullback: 0.75 }[pullbackMomentum];
      assert.equal([...(await variable.data())], [merged]);
      disposeAll(optimizer, resumed);
    });
  }

  /** Two weights under the names that tfjs gives, which are integers: as keys of an object they are sorted. */
  function makeUnnamed([first, second]) {
    const weights = [first, second].map((size) => newVariable(new Float32Array(size).fill(0.5), [size]));
    const loss = () => tf.mul(...weights.map((w) => tf.sum(tf.square(w))));
    return { weights, minimize: (optimizer, listed) => optimizer.minimize(loss, false, listed) };
  }

  const orders = {
    'listed in another order than made': ([first, second]) => [second, first],
    'one of which is not trainable': ([first, second]) => {
      first.trainable = false;
      return [first, second];
    },
  };

  for (const [name, inner] of Object.entries(innerOptimizers)) {
    for (const [what, orderOf] of Object.entries(orders)) {
      for (const sizes of [
        [2, 2],
        [2, 3],
      ]) {
        for (const isBare of [false, true]) {
          if (isBare && name === 'Adamax') continue; // tfjs cannot save it
          const title = isBare ? 'the weights of an optimizer without Lookahead' : 'an optimizer that was in use';
          testWith(
            name,
            backend,
            test,
          )(`${name}: ${title}, of weights [${sizes}] ${what}`, async () => {
            const results = [];
            for (const wrap of [(optimizer) => optimizer, (optimizer) => lookahead(optimizer, { k: 2, alpha: 1 })]) {
              const { weights, minimize } = makeUnnamed(sizes);
              const listed = orderOf(weights);
              const used = inner();
              for (let i = 0; i < 3; ++i) minimize(used, listed);
              const optimizer = wrap(isBare ? inner() : used);
              if (isBare) {
                await optimizer.setWeights(await used.getWeights());
                disposeOptimizer(used);
              }
              for (let i = 0; i < 3; ++i) minimize(optimizer, listed);
              results.push(...(await valuesOf(weights)));
              disposeOptimizer(optimizer);
            }
            assertSameWeights(results.slice(2), results.slice(0, 2), 'with Lookahead and without');
          });
        }
      }
    }
  }

  test('by position, under names that are integers, in another order than made', async () => {
    const [old, renamed] = [makeUnnamed([2, 3]), makeUnnamed([2, 3])];
    const run = (optimizer, { weights, minimize }) => {
      for (let i = 0; i < 2; ++i) minimize(optimizer, [...weights].reverse());
    };
    const optimizer = make();
    run(optimizer, old);
    const weights = await listOf(optimizer);
    assignValues(renamed.weights, await valuesOf(old.weights));
    const resumed = make();
    await resumed.setWeights(weights);
    run(optimizer, old);
    run(resumed, renamed);
    assertSameWeights(await valuesOf(renamed.weights), await valuesOf(old.weights), 'continued');
    disposeAll(optimizer, resumed);
  });

  test('before the promise of setWeights is settled, all else is refused', async () => {
    const variables = makeVariables();
    const { optimizer, weights } = await trained(variables);
    const before = await valuesOf(variables);
    const resumed = make();
    const promise = resumed.setWeights(weights);
    for (const [method, call] of Object.entries({
      applyGradients: () => step(resumed, variables),
      computeGradients: () => resumed.minimize(() => tf.sum(variables[0])),
      add: () => resumed.add(variables),
      flush: () => resumed.flush(),
      withSlowWeights: () => resumed.withSlowWeights(() => {}),
      dispose: () => resumed.dispose(),
    })) {
      assert.throws(call, new RegExp(`LookaheadOptimizer\\.${method}: setWeights\\(\\) has not finished\\. Await`));
    }
    const messages = [() => resumed.getWeights(), () => resumed.setWeights(weights)].map(messageOf);
    for (const message of messages) assert.match(await message, /has not finished/);
    await promise;
    assert.equal(await valuesOf(variables), before);
    step(resumed, variables);
    assert.is(resumed.iterations, 3);
    disposeAll(optimizer, resumed);
  });

  test('what SGD refuses leaves the iterations, too, and the optimizer can be used on', async () => {
    const [w] = makeVariables();
    const optimizer = make('SGD');
    step(optimizer, [w]);
    const tensor = tf.scalar(77, 'int32');
    const list = [
      { name: 'iter', tensor },
      { name: 'w0/m', tensor: w },
    ];
    assert.match(await messageOf(() => optimizer.setWeights(list)), /does not have settable weights/);
    assert.is(optimizer.iterations, 1);
    step(optimizer, [w]);
    assert.is(optimizer.iterations, 2);
    disposeAll(optimizer);
  });
});
