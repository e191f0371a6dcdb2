/** `nonFinite`: what becomes of a merge where a fast weight is NaN or infinite. */
import { LookaheadOptimizer, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { Forbidden, freshCopy, statics, withWebAssembly } from './support/fresh-copy.js';
import { countCalls, onGPU } from './support/gpu.js';
import { disposeWithInner, innerOptimizers, testWith } from './support/inner-optimizers.js';
import { assertLerp, assertSameBits, isExact, randomValues, specialValues } from './support/reference.js';
import { assignValues, smallData, smallModel, trainStep, valuesOf } from './support/small-model.js';
import { innerState } from './support/stateful/model.js';
import { tf } from './support/tf.js';
import { messageOf, wholeState } from './support/whole-state.js';

const nonFinite = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const finite = specialValues.filter(Number.isFinite);

const newVariables = () => [newVariable(randomValues(6, 1), [2, 3]), newVariable(0.5, []), newVariable([1, 2], [2])];

/** A step with seeded gradients; `bad` is the value that the last weight holds before it, and so after it. */
function step(optimizer, variables, seed, bad) {
  tf.tidy(() => {
    if (bad !== undefined) variables.at(-1).assign(tf.tensor1d([1, bad]));
    const gradients = variables.map(({ name, shape, size }, i) => {
      return { name, tensor: tf.reshape(tf.tensor1d(randomValues(size, 10 * seed + i)), shape) };
    });
    optimizer.applyGradients(gradients);
  });
}

async function assertSameTensors(actual, expected, message) {
  const [ours, theirs] = await Promise.all([actual, expected].map((list) => valuesOf(list)));
  assert.is(ours.length, theirs.length, message);
  for (const [i, values] of ours.entries()) assertSameBits(values, theirs[i], `${message} ${i}`);
}

/** All that an inner optimizer holds, by property and position. */
async function assertSameInner({ inner: actual }, { inner: expected }, message) {
  const [ours, theirs] = [innerState(actual), innerState(expected)];
  assert.equal([...ours.keys()], [...theirs.keys()], message);
  await assertSameTensors([...ours.values()], [...theirs.values()], message);
}

/** A list that `getWeights()` gave, as values: the tensors are the optimizer's own. */
async function savedList(optimizer) {
  const list = await optimizer.getWeights();
  const values = await Promise.all(
    list.map(async ({ name, tensor }) => {
      return { name, shape: tensor.shape, dtype: tensor.dtype, values: [...(await tensor.data())] };
    }),
  );
  list[0].tensor.dispose(); // the scalar of saveIterations
  return values;
}

async function restoreList(optimizer, list) {
  const weights = list.map(({ name, shape, dtype, values }) => ({ name, tensor: tf.tensor(values, shape, dtype) }));
  await optimizer.setWeights(weights);
  tf.dispose(weights);
}

const settings = {
  alpha: {},
  'alpha = 1': { alpha: 1 },
  'alpha = 0': { alpha: 0 },
  "pullbackMomentum: 'reset'": { pullbackMomentum: 'reset' },
  "pullbackMomentum: 'pullback'": { pullbackMomentum: 'pullback' },
  'restart: false': { restart: false },
  'an outer optimizer': { outer: () => tf.train.momentum(0.7, 0.9, true) },
};
const make = (inner, { outer, ...config }) => lookahead(inner, { ...config, ...(outer && { outer: outer() }) });

onEachBackend('nonFinite', (test, backend) => {
  test('bad settings are refused, and take no optimizer', () => {
    class OfTheUser extends tf.Optimizer {
      applyGradients() {}
    }
    const [inner, other] = [tf.train.adam(0.1), new OfTheUser()];
    for (const nonFinite of ['ignore', true, null, 5]) {
      assert.throws(
        () => lookahead(inner, { nonFinite }),
        /lookahead: 'nonFinite' is .*, but must be 'propagate', 'throw' or 'restore'/,
      );
    }
    assert.throws(
      () => lookahead(other, { nonFinite: 'restore' }),
      /only the state of optimizers of tfjs.* Use 'throw'/,
    );
    const nested = lookahead(tf.train.sgd(0.1));
    assert.throws(
      () => lookahead(nested, { nonFinite: 'restore' }),
      /only the state of optimizers of tfjs.* Use 'throw'/,
    );
    for (const each of [lookahead(inner), lookahead(other), lookahead(nested, { nonFinite: 'throw' })]) each.dispose();
  });

  test('it is readable, part of the config, and of a copy made from that', () => {
    for (const nonFinite of ['propagate', 'throw', 'restore']) {
      const optimizer = lookahead(tf.train.sgd(0.1), { nonFinite });
      const config = JSON.parse(JSON.stringify(optimizer.getConfig()));
      const copy = LookaheadOptimizer.fromConfig(LookaheadOptimizer, config);
      for (const each of [optimizer, copy]) {
        assert.equal([each.nonFinite, each.restores], [nonFinite, 0]);
        each.dispose();
      }
    }
    const byDefault = lookahead('sgd');
    assert.is(byDefault.nonFinite, 'propagate');
    byDefault.dispose();
  });

  for (const bad of nonFinite) {
    test(`'propagate': ${bad} is merged, as tfjs computes it`, async () => {
      const [w] = [newVariable([1, 2, 3, 4], [4])];
      const optimizer = lookahead(tf.train.sgd(0.5), { k: 1, alpha: 0.25 });
      optimizer.add([w]);
      tf.tidy(() => w.assign(tf.tensor1d([1, bad, 3, 4])));
      tf.tidy(() => optimizer.applyGradients([{ name: w.name, tensor: tf.tensor1d([2, 2, 2, 2]) }]));
      const values = await w.data();
      if (isExact(backend)) assertLerp(backend, values, [1, 2, 3, 4], [0, bad, 2, 3], 0.25, 'merged');
      else assert.not(Number.isFinite(values[1]));
      assert.equal([values[0], values[2], values[3]], [0.75, 2.75, 3.75]);
      assert.equal([optimizer.restores, optimizer.stepsInCycle], [0, 0]);
      optimizer.dispose();
    });
  }

  if (backend === 'webgpu') {
    for (const nonFinite of ['throw', 'restore']) {
      const refusal = new RegExp(
        `LookaheadOptimizer\\.\\w+: 'nonFinite' is '${nonFinite}', but the webgpu backend .* too late for a merge.* another backend`,
      );

      test(`'${nonFinite}' is refused at each step and merge, before anything has changed`, async () => {
        const variables = newVariables();
        const optimizer = lookahead(tf.train.momentum(0.1, 0.9), { k: 2, nonFinite });
        optimizer.add(variables);
        const before = await wholeState(optimizer);
        const loss = () => tf.tidy(() => tf.sum(tf.square(variables[0])));
        for (const call of [
          () => step(optimizer, variables, 1),
          () => optimizer.minimize(loss),
          () => optimizer.minimize(loss, true, variables.slice(0, 1)),
          () => tf.dispose(optimizer.computeGradients(loss)),
          () => optimizer.flush(),
        ]) {
          assert.match(await messageOf(call), refusal);
          assert.equal(await wholeState(optimizer), before);
        }
        disposeWithInner(optimizer);
      });

      test(`'${nonFinite}' is refused in model.fit, which loses nothing`, async () => {
        const optimizer = lookahead(tf.train.sgd(0.1), { nonFinite });
        const model = smallModel(optimizer);
        const { x, y } = smallData();
        const before = await valuesOf(model.getWeights());
        assert.match(await messageOf(() => model.fit(x, y, { epochs: 1 })), refusal);
        const after = await valuesOf(model.getWeights());
        for (const [i, values] of after.entries()) assertSameBits(values, before[i]);
        assert.is(optimizer.variables.length, 0);
        model.dispose();
        optimizer.dispose();
      });
    }
    return;
  }

  /** Gives `fn` a function that tells whether a merge of one variable with these values is refused. */
  function merging(n, fn) {
    const w = newVariable(new Float32Array(n), [n]);
    const optimizer = lookahead(tf.train.sgd(0.1), { k: Number.POSITIVE_INFINITY, nonFinite: 'throw' });
    optimizer.add([w]);
    const isRefused = (values) => {
      tf.tidy(() => w.assign(tf.tensor1d(values.slice())));
      try {
        optimizer.flush();
        return false;
      } catch (error) {
        assert.is(
          error.message,
          `LookaheadOptimizer.flush: '${w.name}' is not finite after this cycle; nothing was merged. The slow weights are ` +
            'those of the last merge. Lower the learning rate, or look at the data.',
        );
        return true;
      }
    };
    fn(isRefused);
    optimizer.dispose();
    w.dispose();
  }

  const sizes = isExact(backend) ? Array.from({ length: 67 }, (_, i) => i + 1) : [1, 2, 3, 4, 5, 17];
  test('NaN and infinities are found at every position of small variables', () =>
    onGPU(() => {
      for (const n of sizes) {
        merging(n, (isRefused) => {
          const values = randomValues(n, n);
          assert.not(isRefused(values), `n = ${n}`);
          for (const bad of nonFinite) {
            for (let i = 0; i < n; ++i) {
              const value = values[i];
              values[i] = bad;
              if (!isRefused(values)) assert.unreachable(`n = ${n}: ${bad} at ${i}`);
              values[i] = value;
            }
          }
        });
      }
    }));

  test('NaN and infinities are found at the edges of what a backend takes at once', () =>
    onGPU(() => {
      for (const n of [255, 256, 257, 16383, 16384, 16385, 32767, 32768, 32769, 40000]) {
        merging(n, (isRefused) => {
          const values = randomValues(n, n);
          const positions = [0, 254, 255, 256, 257, 16382, 16383, 16384, 16385, 32766, 32767, 32768, n - 2, n - 1];
          for (const i of positions.filter((i) => i < n)) {
            for (const bad of isExact(backend) ? nonFinite : [nonFinite[i % 3]]) {
              const value = values[i];
              values[i] = bad;
              if (!isRefused(values)) assert.unreachable(`n = ${n}: ${bad} at ${i}`);
              values[i] = value;
            }
          }
          assert.not(isRefused(values), `n = ${n}`);
        });
      }
    }));

  test('the largest floats, denormals and -0 are finite', () =>
    onGPU(() => {
      for (const n of [...sizes, 300, 16385]) {
        merging(n, (isRefused) => {
          assert.not(
            isRefused(Float32Array.from({ length: n }, (_, i) => finite[(i + n) % finite.length])),
            `n = ${n}`,
          );
        });
      }
    }));

  /** @param lookahead that of the package, or of a copy of it. */
  function assertFirstIsNamed(lookahead) {
    const variables = [
      newVariable([], [0, 3], 'empty'),
      newVariable(1, [], 'scalar'),
      newVariable(randomValues(6, 2), [1, 2, 3], 'cube'),
      newVariable([1, 2], [2], 'last'),
    ];
    const optimizer = lookahead(tf.train.sgd(0.1), { nonFinite: 'throw' });
    optimizer.flush(); // without any variable
    optimizer.add(variables);
    optimizer.flush();
    for (const i of [3, 2, 1]) {
      for (const bad of nonFinite) {
        tf.tidy(() => variables[i].assign(tf.fill(variables[i].shape, bad, 'float32')));
        assert.throws(() => optimizer.flush(), `'${variables[i].name}' is not finite`);
      }
    }
    optimizer.dispose();
    tf.dispose(variables);
  }

  test('the first variable that is not finite is named, whatever the shapes; an empty one is finite', () =>
    onGPU(() => assertFirstIsNamed(lookahead)));

  test('the same where WebAssembly may not compile', async () => {
    const copy = await freshCopy();
    const restricted = { ...statics(globalThis.WebAssembly ?? {}), Module: Forbidden };
    withWebAssembly(restricted, () => assertFirstIsNamed(copy.lookahead));
  });

  for (const [name, config] of Object.entries(settings)) {
    test(`'throw', ${name}: at the step it merges nothing, and after a repair training goes on`, async () => {
      for (const bad of nonFinite) {
        const variables = [newVariables(), newVariables()];
        const [optimizer, unharmed] = variables.map(() =>
          make(tf.train.momentum(0.1, 0.9), { ...config, k: 3, nonFinite: 'throw' }),
        );
        for (let i = 0; i < 5; ++i) {
          step(optimizer, variables[0], i);
          step(unharmed, variables[1], i);
        }
        const isKept = ({ name }) => /^lookahead\/(slow|momentum|outer|counts)/.test(name);
        const before = (await savedList(optimizer)).filter(isKept);
        const { numTensors } = tf.memory();
        const last = variables[0].at(-1);
        assert.throws(
          () => step(optimizer, variables[0], 5, bad),
          `LookaheadOptimizer.applyGradients: '${last.name}' is not finite after this cycle; nothing was merged.`,
        );
        assert.is(tf.memory().numTensors, numTensors);
        assert.equal((await savedList(optimizer)).filter(isKept), before, 'slow weights, cache, outer, counters');
        assert.equal([optimizer.stepsInCycle, optimizer.restores, optimizer.iterations], [2, 0, 6]);
        await assertSameTensors(
          optimizer.withSlowWeights(() => variables[0].map((w) => tf.clone(w))),
          unharmed.slowWeights,
          'the last good weights',
        );

        // Beside a run whose cycle has had its step without a merge.
        unharmed.k = 4;
        step(unharmed, variables[1], 5);
        await assignValues(variables[0], await valuesOf(variables[1]));
        assert.is(unharmed.stepsInCycle, 3);
        step(optimizer, variables[0], 6);
        step(unharmed, variables[1], 6);
        assert.equal([optimizer.stepsInCycle, unharmed.stepsInCycle], [0, 0], 'both have merged');
        unharmed.k = 3;
        for (let i = 7; i < 14; ++i) {
          step(optimizer, variables[0], i);
          step(unharmed, variables[1], i);
        }
        await assertSameTensors(variables[0], variables[1], 'weight');
        await assertSameTensors(optimizer.slowWeights, unharmed.slowWeights, 'slow weight');
        await assertSameInner(optimizer, unharmed, 'momentum');
        for (const each of [optimizer, unharmed]) disposeWithInner(each);
        tf.dispose(variables);
      }
    });

    test(`'throw', ${name}: flush() in mid-cycle changes nothing at all`, async () => {
      const variables = newVariables();
      const optimizer = make(tf.train.momentum(0.1, 0.9), { ...config, k: 3, nonFinite: 'throw' });
      for (let i = 0; i < 5; ++i) step(optimizer, variables, i, i === 4 ? Number.NaN : undefined);
      const before = await wholeState(optimizer);
      const list = await savedList(optimizer);
      const { numTensors } = tf.memory();
      for (let i = 0; i < 3; ++i) assert.throws(() => optimizer.flush(), /LookaheadOptimizer\.flush: .* is not finite/);
      assert.is(tf.memory().numTensors, numTensors);
      const after = await wholeState(optimizer);
      assert.equal({ ...after, memory: null, variables: null }, { ...before, memory: null, variables: null });
      assert.equal(await savedList(optimizer), list);
      optimizer.withSlowWeights(() => {});
      await assignValues(variables, await valuesOf(optimizer.slowWeights));
      optimizer.adopt();
      optimizer.flush();
      assert.is(optimizer.stepsInCycle, 0);
      disposeWithInner(optimizer);
    });

    test(`'restore', ${name}: weights of the last merge, an inner optimizer as new, and what steps the slow ones as it was`, async () => {
      for (const way of ['step', 'flush']) {
        const variables = newVariables();
        const optimizer = make(tf.train.momentum(0.1, 0.9), { ...config, k: 3, nonFinite: 'restore' });
        for (let i = 0; i < 4; ++i) step(optimizer, variables, i);
        const isKept = ({ name }) => /^lookahead\/(slow|outer)/.test(name);
        const before = (await savedList(optimizer)).filter(isKept);
        step(optimizer, variables, 4, Number.NaN);
        if (way === 'step') step(optimizer, variables, 5);
        else optimizer.flush();
        assert.equal([optimizer.restores, optimizer.stepsInCycle], [1, 0]);
        assert.equal(optimizer.inner.accumulations, []);
        const after = await savedList(optimizer);
        assert.equal(after.filter(isKept), before, 'slow weights, outer optimizer');
        assert.not(after.some(({ name }) => name.startsWith('lookahead:1/momentum')));
        await assertSameTensors(variables, optimizer.slowWeights, 'weight');

        // It goes on like one that starts there; only an outer optimizer keeps its state.
        const others = await Promise.all(
          variables.map(async (w) => newVariable(w.rank ? await w.data() : (await w.data())[0], w.shape)),
        );
        const fresh = make(tf.train.momentum(0.1, 0.9), { ...config, k: 3 });
        fresh.add(others);
        if (config.outer) {
          fresh.outer.accumulations = optimizer.outer.accumulations.map(({ originalName, variable }) => {
            return { originalName, variable: tf.tidy(() => tf.variable(tf.clone(variable), false)) };
          });
        }
        for (let i = 0; i < 7; ++i) {
          step(optimizer, variables, 20 + i);
          step(fresh, others, 20 + i);
          await assertSameTensors(variables, others, `weight, step ${i}`);
          await assertSameTensors(optimizer.slowWeights, fresh.slowWeights, `slow weight, step ${i}`);
          await assertSameInner(optimizer, fresh, `step ${i}`);
        }
        assert.is(optimizer.restores, 1);
        for (const each of [optimizer, fresh]) disposeWithInner(each);
        tf.dispose([variables, others]);
      }
    });
  }

  for (const [name, makeInner] of Object.entries(innerOptimizers)) {
    testWith(
      name,
      backend,
      test,
    )(`'restore', ${name}: from there on the bits of a new optimizer`, async () => {
      const variables = newVariables();
      const optimizer = lookahead(makeInner(), { k: 2, nonFinite: 'restore' });
      for (let i = 0; i < 4; ++i) step(optimizer, variables, i, i === 3 ? Number.POSITIVE_INFINITY : undefined);
      assert.equal([optimizer.restores, optimizer.iterations], [1, 4]);
      await assertSameTensors(variables, optimizer.slowWeights, 'weight');
      const others = await Promise.all(
        variables.map(async (w) => newVariable(w.rank ? await w.data() : (await w.data())[0], w.shape)),
      );
      const fresh = lookahead(makeInner(), { k: 2 });
      await assertSameInner(optimizer, fresh, 'restored');
      for (let i = 0; i < 5; ++i) {
        step(optimizer, variables, 20 + i);
        step(fresh, others, 20 + i);
        await assertSameTensors(variables, others, `weight, step ${i}`);
        await assertSameInner(optimizer, fresh, `step ${i}`);
      }
      for (const each of [optimizer, fresh]) disposeWithInner(each);
    });
  }

  test("'restore': a subclass of one of tfjs's own, whose constructor takes something else", async () => {
    class AdamOfOptions extends tf.AdamOptimizer {
      constructor({ rate, betas: [beta1, beta2] }) {
        super(rate, beta1, beta2, 1e-7);
      }
    }
    const run = async (inner) => {
      const variables = newVariables();
      const optimizer = lookahead(inner, { k: 2, nonFinite: 'restore' });
      for (let i = 0; i < 7; ++i) step(optimizer, variables, i, i === 3 ? Number.NaN : undefined);
      assert.is(optimizer.restores, 1);
      const values = await valuesOf(variables);
      optimizer.dispose();
      return values;
    };
    const [ours, expected] = [
      await run(new AdamOfOptions({ rate: 0.1, betas: [0.9, 0.999] })),
      await run(tf.train.adam(0.1, 0.9, 0.999, 1e-7)),
    ];
    for (const [i, values] of ours.entries()) {
      assert.ok(values.every(Number.isFinite), `weight ${i} is ${values}`);
      assertSameBits(values, expected[i], `weight ${i}`);
    }
  });

  test("'restore' in a Lookahead inside another that caches momentum", async () => {
    const variables = newVariables();
    const inside = lookahead(tf.train.momentum(0.1, 0.9), { k: 2, nonFinite: 'restore' });
    const outside = lookahead(inside, { k: 3, pullbackMomentum: 'pullback' });
    for (let i = 0; i < 12; ++i) step(outside, variables, i, i === 3 ? Number.NaN : undefined);
    assert.is(inside.restores, 1);
    for (const values of await valuesOf(variables)) assert.ok(values.every(Number.isFinite));
    outside.dispose();
    inside.inner.c.dispose();
  });

  test("'restore': ten cycles in a row throw with advice, a finite one starts the count anew", () => {
    const variables = newVariables();
    const optimizer = lookahead(tf.train.adam(0.1), { k: 2, nonFinite: 'restore' });
    let steps = 0;
    const cycle = (bad) => {
      step(optimizer, variables, ++steps);
      step(optimizer, variables, ++steps, bad);
    };
    const cycles = (count) => {
      for (let i = 0; i < count; ++i) cycle(nonFinite[i % 3]);
    };
    cycle();
    cycles(9);
    cycle();
    assert.is(optimizer.restores, 9);
    cycles(9);
    const { numTensors } = tf.memory();
    const last = variables.at(-1).name;
    const advice = `LookaheadOptimizer.applyGradients: 10 cycles in a row have ended with weights that are not finite, now '${last}', and were undone. Lower the learning rate.`;
    assert.throws(
      () => cycle(Number.NaN),
      (error) => error.message === advice,
    );
    assert.is(optimizer.restores, 19);
    assert.equal([optimizer.stepsInCycle, optimizer.inner.accumulatedFirstMoment], [0, []]);
    assert.ok(tf.memory().numTensors <= numTensors, 'nothing is left over');
    for (const [i, w] of variables.entries()) assertSameBits(w.dataSync(), optimizer.slowWeights[i].dataSync());
    assert.throws(() => cycle(Number.NaN), /11 cycles in a row/);
    cycle();
    cycles(9);
    assert.is(optimizer.restores, 29);
    assert.throws(() => optimizer.flush() ?? cycle(Number.NaN) ?? cycles(9), /10 cycles in a row/);
    optimizer.dispose();
  });

  test("'restore': what it counts is saved and restored, so that the tenth in a row is the tenth", async () => {
    const variables = newVariables();
    const config = { k: 2, nonFinite: 'restore', pullbackMomentum: 'pullback' };
    const [optimizer, other] = [lookahead(tf.train.adam(0.1), config), lookahead(tf.train.adam(0.1), config)];
    const cycle = (each, seed, bad) => {
      step(each, variables, seed);
      step(each, variables, seed + 1, bad);
    };
    cycle(optimizer, 1);
    for (let i = 0; i < 9; ++i) cycle(optimizer, i, Number.NaN);
    const list = await savedList(optimizer); // of an inner optimizer whose slots are empty
    await restoreList(other, list);
    assert.is(other.restores, 9);
    assert.equal(await savedList(other), list);
    assert.throws(() => cycle(other, 30, Number.NaN), /10 cycles in a row/);
    assert.is(other.restores, 10);

    // The same list once more: a finite merge, and then as many as before.
    await restoreList(other, list);
    assert.is(other.restores, 9);
    cycle(other, 40);
    for (let i = 0; i < 9; ++i) cycle(other, i, Number.NaN);
    assert.is(other.restores, 18);
    for (const each of [optimizer, other]) each.dispose();
  });

  test("'restore' leaves no tensor and no buffer, cycle after cycle", () => {
    for (const config of [{ pullbackMomentum: 'pullback' }, { outer: tf.train.adam(0.1) }, { restart: false }]) {
      const variables = newVariables();
      const optimizer = lookahead(tf.train.adam(0.1), { ...config, k: 2, nonFinite: 'restore' });
      const counts = () => {
        const { numTensors, numDataBuffers, numBytes } = tf.memory();
        return [numTensors, numDataBuffers, numBytes, tf.backend().numDataIds()];
      };
      const cycles = (seed) => {
        for (let i = 0; i < 4; ++i) step(optimizer, variables, seed + i, i === 1 ? Number.NaN : undefined);
        step(optimizer, variables, seed + 4);
      };
      step(optimizer, variables, 0); // cycles in step with the calls
      cycles(1);
      const before = counts();
      const times = isExact(backend) ? 20 : 5;
      for (let i = 0; i < times; ++i) {
        step(optimizer, variables, 0);
        cycles(10 * i);
        assert.equal(counts(), before);
      }
      assert.ok(optimizer.restores >= times);
      optimizer.dispose();
      tf.dispose(variables);
    }
  });

  if (backend === 'webgl') {
    test("'propagate' reads nothing back, and the others once a merge", () => {
      const reads = (nonFinite) => {
        const variables = newVariables();
        const optimizer = lookahead(tf.train.sgd(0.1), { k: 2, nonFinite });
        step(optimizer, variables, 1);
        const atMerge = countCalls(tf.backend(), 'readSync', () => step(optimizer, variables, 2));
        optimizer.dispose();
        return atMerge;
      };
      assert.equal(['propagate', 'throw', 'restore'].map(reads), [0, 1, 1]);
    });
  } else if (backend !== 'tensorflow') {
    const testWhereCompiled = globalThis.WebAssembly ? test : test.skip;
    testWhereCompiled("'propagate' looks at nothing: the pass that would is not even compiled", async () => {
      const compiled = async (nonFinite) => {
        const { lookahead } = await freshCopy();
        let count = 0;
        class Counted extends WebAssembly.Module {
          constructor(bytes) {
            super(bytes);
            ++count;
          }
        }
        const variables = newVariables();
        const optimizer = lookahead(tf.train.sgd(0.1), { k: 1, nonFinite });
        const { Instance, Memory } = WebAssembly;
        withWebAssembly({ Instance, Memory, Module: Counted }, () => step(optimizer, variables, 1));
        optimizer.dispose();
        tf.dispose(variables);
        return count;
      };
      assert.equal(
        [await compiled('propagate'), await compiled('throw')],
        [2, 3],
        'those of sgd and of lerp, and one more',
      );
    });
  }

  if (backend === 'tensorflow') return; // its stand-in has no kernels for a model

  test("'throw' in minimize and in model.fit loses nothing", async () => {
    const optimizer = lookahead(tf.train.momentum(0.1, 0.9), { k: 2, nonFinite: 'throw' });
    const model = smallModel(optimizer);
    const { x, y } = smallData();
    trainStep(model, { x, y });
    const { numTensors } = tf.memory();
    const bad = tf.mul(y, Number.NaN);
    assert.throws(() => trainStep(model, { x, y: bad }), /LookaheadOptimizer\.applyGradients: .* is not finite/);
    assert.throws(
      () => optimizer.minimize(() => tf.tidy(() => tf.losses.meanSquaredError(y, model.predict(x))), true),
      /is not finite/,
    );
    assert.is(tf.memory().numTensors, numTensors + 1);
    await assignValues(model.getWeights(), await valuesOf(optimizer.slowWeights));
    assert.match(await messageOf(() => model.fit(x, bad, { epochs: 1, batchSize: 4 })), /is not finite/);
    model.dispose();
    disposeWithInner(optimizer);
  });

  test("a rate that is far too high, under 'restore': at the advice it is lowered, and the loss falls", async () => {
    const optimizer = lookahead(tf.train.sgd(1e30), { k: 5, nonFinite: 'restore' });
    const model = smallModel(optimizer);
    const data = smallData();
    const loss = async () => (await tf.tidy(() => tf.losses.meanSquaredError(data.y, model.predict(data.x))).data())[0];
    const atStart = await loss();
    const message = await messageOf(() => {
      for (let i = 0; i < 60; ++i) trainStep(model, data);
    });
    assert.match(message, /10 cycles in a row .* Lower the learning rate/);
    assert.is(await loss(), atStart, 'nothing was learned, and nothing lost');
    optimizer.learningRate = 0.1;
    for (let i = 0; i < (isExact(backend) ? 100 : 50); ++i) trainStep(model, data);
    assert.is(optimizer.restores, 10);
    assert.ok((await loss()) < atStart / 4, `${await loss()} of ${atStart}`);
    model.dispose();
    optimizer.dispose();
  });

  test("a NaN batch in the middle of a training, under 'restore', costs one cycle", async () => {
    const length = isExact(backend) ? 100 : 40;
    const inners = [() => tf.train.sgd(0.1), () => tf.train.momentum(0.05, 0.9), () => tf.train.adam(0.03)];
    for (const make of isExact(backend) ? inners : inners.slice(-1)) {
      const optimizer = lookahead(make(), { k: 5, nonFinite: 'restore' });
      const model = smallModel(optimizer);
      const data = smallData();
      const bad = { ...data, x: tf.mul(data.x, Number.NaN) };
      const loss = async () =>
        (await tf.tidy(() => tf.losses.meanSquaredError(data.y, model.predict(data.x))).data())[0];
      const atStart = await loss();
      for (let i = 0; i < length / 2; ++i) trainStep(model, data);
      const before = await loss();
      assert.ok(before < atStart);
      for (let i = 0; i < length; ++i) trainStep(model, i === 27 ? bad : data);
      assert.is(optimizer.restores, 1);
      assert.ok((await loss()) < before, `${await loss()}, ${before} before`);
      model.dispose();
      disposeWithInner(optimizer);
    }
  });

  test("a NaN batch, and a rate that is too high, in model.fit under 'restore', with a callback that lowers it", async () => {
    const optimizer = lookahead(tf.train.momentum(1e30, 0.9), { k: 3, nonFinite: 'restore' });
    const model = smallModel(optimizer);
    const x = tf.tensor2d(randomValues(128, 20), [64, 2]);
    const y = tf.sum(x, 1, true);
    const withNaN = tf.tensor2d(randomValues(128, 20).fill(Number.NaN, 60, 62), [64, 2]);
    const evaluate = async () => (await model.evaluate(x, y, { batchSize: 64 }).data())[0];
    const atStart = await evaluate();
    const callbacks = {
      onBatchEnd: () => {
        if (optimizer.restores > 0) optimizer.learningRate = 0.05;
      },
    };
    await model.fit(x, y, { epochs: 2, batchSize: 4, shuffle: false, callbacks });
    assert.is(optimizer.restores, 1);
    const before = await evaluate();
    assert.ok(before < atStart, `${before} of ${atStart}`);
    await model.fit(withNaN, y, { epochs: 1, batchSize: 4, shuffle: false });
    assert.is(optimizer.restores, 2, 'one batch in one cycle');
    await model.fit(x, y, { epochs: 5, batchSize: 4, shuffle: false });
    const after = await evaluate();
    assert.ok(after < before, `${after}, ${before} before`);
    for (const values of await valuesOf(model.getWeights())) assert.ok(values.every(Number.isFinite));
    model.dispose();
    disposeWithInner(optimizer);
  });
});
