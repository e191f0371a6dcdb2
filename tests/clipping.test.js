/** Gradients that are clipped: by the norm of all, by each one's own, by value; around any optimizer, and in our own. */
import { AdamW, adamW, fused, lion, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { countCalls, onGPU } from './support/gpu.js';
import { disposeWithInner, innerOptimizers, optimizersOn, testWith } from './support/inner-optimizers.js';
import { ownOptimizers } from './support/package-optimizers.js';
import { assertSameBits, isExact, randomValues } from './support/reference.js';
import { valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';

const f = Math.fround;
/** Sizes below and above a tile of the cpu backend's window, and an empty one. */
const shapes = [[], [7], [130, 127], [2, 3], [0]];
const sizeOf = tf.util.sizeFromShape;
const valuesFor = (seed, size = 1) =>
  shapes.map((shape, i) => randomValues(sizeOf(shape), 100 * seed + i).map((value) => size * value));
const tensorOf = (values, shape) => tf.tensor(shape.length === 0 ? values[0] : values, shape, 'float32');
const newVariables = () => shapes.map((shape, i) => newVariable(shape.length ? valuesFor(1)[i] : 1, shape));

const step = (optimizer, variables, gradients) =>
  tf.tidy(() => {
    const tensors = gradients.map((values, i) => values && tensorOf(values, variables[i].shape));
    optimizer.applyGradients(variables.map(({ name }, i) => ({ name, tensor: tensors[i] })));
    return tensors.map((tensor) => tensor && isExact(tf.getBackend()) && tensor.dataSync().slice());
  });

const normOf = (values) => Math.sqrt([...values].reduce((sum, value) => sum + value * value, 0));
const scaleBy = (values, limit, norm) => values.map((value) => f(value * f(limit / Math.max(norm, limit))));

/** By hand, each in plain JavaScript. */
const clippings = {
  globalClipNorm: (gradients, limit) => {
    const norm = normOf(gradients.flatMap((values) => [...(values ?? [])]));
    return gradients.map((values) => values && scaleBy(values, limit, norm));
  },
  clipNorm: (gradients, limit) => gradients.map((values) => values && scaleBy(values, limit, normOf(values))),
  clipValue: (gradients, limit) =>
    gradients.map((values) => values?.map((value) => Math.min(Math.max(value, -limit), limit))),
};

/** The centered one becomes NaN in tfjs, where its gradients are large. */
const { 'RMSProp, centered': _, ...ofTfjs } = innerOptimizers;

const makers = {
  ...ofTfjs,
  ...Object.fromEntries(Object.entries(ownOptimizers).map(([key, { make }]) => [key, () => make(0.01)])),
  "a class of the user's own": () => {
    class Mine extends tf.AdamOptimizer {
      applyGradients(gradients) {
        super.applyGradients(gradients);
      }
    }
    return new Mine(0.01, 0.9, 0.999, 1e-7);
  },
  'a Lookahead': () => lookahead(tf.train.sgd(0.05), { k: 1, alpha: 1 }),
};

onEachBackend('clipping', (test, backend) => {
  test('the numbers of Keras: [100, 100]', async () => {
    for (const [config, expected] of [
      [{ clipNorm: 1 }, Math.SQRT1_2],
      [{ globalClipNorm: 1 }, Math.SQRT1_2],
      [{ clipValue: 1 }, 1],
      [{ clipNorm: 1000 }, 100],
    ]) {
      const variable = newVariable([0, 0], [2]);
      const optimizer = lookahead(tf.train.sgd(1), { k: Number.POSITIVE_INFINITY, ...config });
      tf.tidy(() => optimizer.applyGradients({ [variable.name]: tf.tensor([100, 100]) }));
      for (const value of await variable.data()) assert.ok(Math.abs(value + expected) < 1e-4, `${value}`);
      optimizer.dispose();
    }
  });

  for (const [kind, byHand] of Object.entries(clippings)) {
    for (const key of Object.keys(optimizersOn(backend, makers))) {
      testWith(
        key,
        backend,
        test,
      )(`${kind}, ${key}: what it does with gradients that were clipped by hand, and those given stay`, async () => {
        const config = { k: 3, alpha: 0.5 };
        const [mine, plain] = [lookahead(makers[key](), { ...config, [kind]: 0.5 }), lookahead(makers[key](), config)];
        const [ours, theirs] = [newVariables(), newVariables()];
        for (let i = 0; i < 7; ++i) {
          const gradients = valuesFor(10 + i, [1e-3, 1, 1e20][i % 3]);
          if (i > 3) gradients[i % 4] = null;
          // In float32 a GPU's sum of such squares overflows. Another test is about that.
          if (i % 3 === 2 && !isExact(backend)) continue;
          const after = step(mine, ours, gradients);
          for (const [g, values] of after.entries()) if (values) assertSameBits(values, gradients[g], 'a gradient');
          step(plain, theirs, byHand(gradients, 0.5));
          const [a, b] = [await valuesOf(ours), await valuesOf(theirs)];
          for (const [v, values] of b.entries()) {
            assert.ok(values.every(Number.isFinite), 'finite');
            for (const [e, value] of values.entries()) {
              // A sum may differ in its last bits, and so the scale.
              const error = Math.abs(a[v][e] - value) / Math.max(1, Math.abs(value));
              assert.ok(error < (isExact(backend) ? 1e-6 : 1e-5), `step ${i}, variable ${v}: ${a[v][e]}, not ${value}`);
            }
          }
        }
        for (const optimizer of [mine, plain]) {
          if (optimizer.inner.getClassName() === 'Lookahead') optimizer.dispose();
          else disposeWithInner(optimizer);
        }
      });
    }

    test(`${kind}: as an option of an optimizer of the package's own, and with that of a Lookahead around`, async () => {
      const results = [];
      for (const optimizer of [
        adamW(0.01, { [kind]: 0.5 }),
        lookahead(adamW(0.01), { k: 1, alpha: 1, [kind]: 0.5 }),
        lookahead(adamW(0.01, { [kind]: 0.5 }), { k: 1, alpha: 1, clipNorm: 1e6 }),
      ]) {
        const variables = newVariables();
        for (let i = 0; i < 4; ++i) step(optimizer, variables, valuesFor(10 + i));
        results.push(await valuesOf(variables));
        const { inner = optimizer } = optimizer;
        const config = JSON.parse(JSON.stringify(optimizer.getConfig()));
        const again = optimizer.constructor.fromConfig(optimizer.constructor, config);
        assert.equal(again.getConfig(), optimizer.getConfig());
        assert.is(inner.getConfig()[kind] ?? config[kind], 0.5);
        again.dispose();
        optimizer.dispose();
      }
      for (const other of results.slice(1)) {
        for (const [v, values] of results[0].entries()) assertSameBits(other[v], values, `variable ${v}`);
      }
    });
  }

  test('a norm within the limit changes nothing, but for what a GPU rounds', async () => {
    const results = [];
    for (const config of [{}, { globalClipNorm: 1e6 }, { clipNorm: 1e6 }, { clipValue: 1e6 }]) {
      const [optimizer, variables] = [lookahead(adamW(), config), newVariables()];
      for (let i = 0; i < 3; ++i) step(optimizer, variables, valuesFor(10 + i));
      results.push(await valuesOf(variables));
      optimizer.dispose();
    }
    for (const other of results.slice(1)) {
      for (const [v, values] of results[0].entries()) {
        // A GPU may compile the step to other instructions where it multiplies by a scale.
        if (isExact(backend)) assertSameBits(other[v], values, `variable ${v}`);
        else
          assert.ok(
            values.every((value, e) => Math.abs(value - other[v][e]) < 1e-6),
            `variable ${v}`,
          );
      }
    }
  });

  test('NaN and infinities: by a norm all that it scales becomes NaN, by value an infinity is clipped', async () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const [config, expected] of [
        [{ globalClipNorm: 1 }, [Number.NaN, Number.NaN]],
        [{ clipNorm: 1 }, [Number.NaN, -1]],
      ]) {
        const variables = [newVariable([0, 0], [2]), newVariable([0], [1])];
        const optimizer = lookahead(tf.train.sgd(1), { k: Number.POSITIVE_INFINITY, ...config });
        step(optimizer, variables, [[1, bad], [5]]);
        const values = await valuesOf(variables);
        assert.equal([values[0][0], values[1][0]], expected, JSON.stringify(config));
        optimizer.dispose();
      }
    }
    const variable = newVariable([0, 0, 0], [3]);
    const optimizer = lookahead(tf.train.sgd(1), { k: Number.POSITIVE_INFINITY, clipValue: 2 });
    step(optimizer, [variable], [[Number.POSITIVE_INFINITY, 1, Number.NEGATIVE_INFINITY]]);
    assert.equal([...(await variable.data())], [-2, -1, 2]);
    if (isExact(backend)) {
      step(optimizer, [variable], [[Number.NaN, Number.POSITIVE_INFINITY, 1]]);
      assert.equal([...(await variable.data())], [Number.NaN, -3, 1]);
    }
    optimizer.dispose();
  });

  test('clipped by value, a weight that becomes NaN still sends a cycle back', async () => {
    if (!isExact(backend)) return; // a GPU may do with NaN as it likes
    const variable = newVariable([1, 1], [2]);
    const optimizer = lookahead(tf.train.sgd(1), { k: 1, clipValue: 0.5, nonFinite: 'restore' });
    step(optimizer, [variable], [[Number.NaN, 0.25]]);
    assert.equal([...(await variable.data())], [1, 1]);
    assert.is(optimizer.restores, 1);
    optimizer.dispose();
  });

  test('integer gradients are clipped as what they are worth', async () => {
    for (const [config, expected] of [
      [{ clipValue: 2 }, [-2, -2, 2]],
      [{ clipNorm: 13 / 2 }, [-1.5, -2, 6]],
      [{ globalClipNorm: 13 / 2 }, [-1.5, -2, 6]],
    ]) {
      for (const inner of [tf.train.sgd(1), fused(tf.train.sgd(1))]) {
        const variable = newVariable([0, 0, 0], [3]);
        const optimizer = lookahead(inner, { k: Number.POSITIVE_INFINITY, ...config });
        tf.tidy(() => optimizer.applyGradients({ [variable.name]: tf.tensor1d([3, 4, -12], 'int32') }));
        for (const [i, value] of (await variable.data()).entries()) {
          assert.ok(Math.abs(value - expected[i]) < 1e-5, `${JSON.stringify(config)}: ${value}, not ${expected[i]}`);
        }
        optimizer.dispose();
      }
    }
  });

  test("an applyGradients of somebody's own gets clipped gradients, whatever it is put around", async () => {
    const seen = [];
    const looksAt = (gradients) => seen.push(tf.keep(tf.clone(Object.values(gradients)[0])));
    const extending = (Base) =>
      class extends Base {
        applyGradients(gradients) {
          looksAt(gradients);
          super.applyGradients(gradients);
        }
      };
    const patched = (optimizer) => {
      const { applyGradients } = optimizer;
      return Object.assign(optimizer, {
        applyGradients(gradients) {
          looksAt(gradients);
          applyGradients.call(this, gradients);
        },
      });
    };
    for (const make of [
      () => new (extending(tf.AdamOptimizer))(0.1, 0.9, 0.999, 1e-7),
      () => new (extending(AdamW))(0.1),
      () => patched(tf.train.adam(0.1)),
      () => patched(fused(tf.train.adam(0.1))),
      () => patched(adamW(0.1)),
    ]) {
      for (const kind of Object.keys(clippings)) {
        const variable = newVariable([0, 0], [2]);
        const optimizer = lookahead(make(), { [kind]: 1 });
        tf.tidy(() => optimizer.applyGradients({ [variable.name]: tf.tensor1d([0, 100]) }));
        const [[first, second]] = await valuesOf(seen);
        assert.is(first, 0);
        assert.ok(Math.abs(second - 1) < 1e-6, `${make}, ${kind}: ${second}`);
        tf.dispose(seen.splice(0));
        optimizer.dispose();
      }
    }
  });

  test('bad settings are refused', () => {
    for (const wrap of [(config) => lookahead('sgd', config), (config) => lion(1, config)]) {
      for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1', null]) {
        assert.throws(
          () => wrap({ globalClipNorm: bad }),
          /'globalClipNorm' is .*, but must be a finite number above 0/,
        );
      }
      assert.throws(() => wrap({ clipNorm: 1, clipValue: 1 }), /both 'clipNorm' and 'clipValue'/);
    }
  });

  if (!isExact(backend)) {
    test('nothing is read back', () =>
      onGPU(async () => {
        for (const kind of Object.keys(clippings)) {
          for (const inner of [tf.train.adam(0.01), adamW(0.01)]) {
            const [optimizer, variables] = [lookahead(inner, { k: 2, [kind]: 0.5 }), newVariables()];
            for (let i = 0; i < 3; ++i) {
              for (const method of ['readSync', 'read', 'readToGPU']) {
                assert.is(
                  countCalls(tf.backend(), method, () => step(optimizer, variables, valuesFor(i))),
                  0,
                  method,
                );
              }
            }
            optimizer.dispose();
          }
        }
      }));
  }
});

onEachBackend(
  'clipping, bits',
  (test, backend) => {
    const testHere = globalThis.WebAssembly ? test : test.skip;
    testHere('cpu and wasm have the same', async () => {
      const results = [];
      for (const each of [backend, backend === 'cpu' ? 'wasm' : 'cpu']) {
        if (!(await tf.setBackend(each).catch(() => false))) continue;
        const [optimizer, variables] = [lookahead(adamW(), { globalClipNorm: 0.1 }), newVariables()];
        for (let i = 0; i < 10; ++i) step(optimizer, variables, valuesFor(10 + i));
        results.push(await valuesOf(variables));
        optimizer.dispose();
        for (const variable of variables) variable.dispose();
      }
      await tf.setBackend(backend);
      for (const [v, values] of results[0].entries()) assertSameBits(results.at(-1)[v], values, `variable ${v}`);
    });
  },
  ['cpu', 'wasm'],
);
