/** Optimizers that have stepped, or were restored, before a Lookahead is put around them: each variable keeps its state. */
import { AdamW, adamW, fused, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { allIn, testWith, tfjsOptimizers, withoutReplacedSlots } from './support/inner-optimizers.js';
import { ownBesideOps } from './support/package-optimizers.js';
import { disposeOptimizer } from './support/plain-and-wrapped.js';
import { assertSameWeights, isExact } from './support/reference.js';
import { assertGoesOn, cloneOf, step } from './support/saved-lists.js';
import { load, saved, smallData, smallModel, trainStep, valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';
import { messageOf, wholeState } from './support/whole-state.js';

onEachBackend('optimizers in use before', (test, backend) => {
  const k = Number.POSITIVE_INFINITY; // no merge, so that it does not count which steps a Lookahead has seen
  const exact = isExact(backend);
  const some = (all, names) => Object.entries(all).filter(([name]) => exact || names.includes(name));

  /** Of one shape, so that nothing but their values tells that two have changed places. */
  const three = () => [
    newVariable([1, 2], [2], 'used/a'),
    newVariable([-3, 4], [2], 'used/b'),
    newVariable([5, -6], [2], 'used/c'),
  ];
  const around = (optimizer) => lookahead(optimizer, { k });

  /** After three steps of two variables: wrapped, and given these lists. */
  async function weightsAfter(make, wrap, lists) {
    const variables = three();
    const [a, b, c] = variables;
    const bare = make();
    for (let i = 0; i < 3; ++i) step(bare, [a, b]);
    const optimizer = await wrap(bare);
    if (!allIn(optimizer).includes(bare)) disposeOptimizer(bare);
    for (const listed of lists(a, b, c)) step(optimizer, listed);
    const weights = await valuesOf(variables);
    return { optimizer, variables, weights };
  }
  const disposeAll = ({ optimizer, variables }) => {
    disposeOptimizer(optimizer);
    for (const each of variables) each.dispose();
  };

  for (const [name, makeUnfused] of some(tfjsOptimizers, ['Momentum, Nesterov', 'Adam'])) {
    const testHere = testWith(name, backend, test);
    const make = () => (exact ? makeUnfused() : fused(makeUnfused())); // the ops of a GPU have other bits

    testHere(`${name}: by position, as alone, also those that are not listed at first`, async () => {
      const lists = (a, b, c) => [[a], [a, b], [a, b, c]];
      const alone = await weightsAfter(make, (bare) => bare, lists);
      disposeAll(alone);
      const inLookahead = await weightsAfter(make, around, lists);
      assertSameWeights(inLookahead.weights, alone.weights);
      disposeAll(inLookahead);
      const { optimizer, variables } = await weightsAfter(make, around, (a) => [[a]]);
      await assertGoesOn({ optimizer, variables }, () => around(make()));
    });

    testHere(`${name}: a model whose last layer is frozen when it gets a Lookahead is saved and loaded`, async () => {
      const data = smallData();
      const bare = make();
      const model = smallModel(bare);
      const listed = () => model.trainableWeights.map(({ val }) => val);
      for (let i = 0; i < 2; ++i) step(bare, listed());
      model.layers[1].trainable = false;
      const optimizer = lookahead(bare, { k: 2 });
      model.compile({ optimizer, loss: 'meanSquaredError' });
      for (let i = 0; i < 3; ++i) step(optimizer, listed());
      const loaded = await load(await saved(model));
      loaded.optimizer.add(loaded.getWeights(true));
      for (const each of [model, loaded]) each.layers[1].trainable = true;
      for (const each of [model, loaded]) for (let i = 0; i < 3; ++i) trainStep(each, data);
      assertSameWeights(await valuesOf(loaded.getWeights()), await valuesOf(model.getWeights()));
      for (const each of [model, loaded]) {
        each.dispose();
        disposeOptimizer(each.optimizer);
      }
    });
  }

  for (const [name, { make }] of some(ownBesideOps, ['AdamW'])) {
    const lists = (a, b, c) => [[b], [b, a], [a], [c, b, a]];
    const ways = {
      'has stepped': around,
      'was restored': async (optimizer) => {
        const again = make();
        await again.setWeights(await optimizer.getWeights());
        return around(again);
      },
      'gives its list to a Lookahead': async (optimizer) => {
        const restored = around(make());
        await restored.setWeights(await optimizer.getWeights());
        return restored;
      },
      'is in two': (optimizer) => around(around(optimizer)),
    };
    for (const [what, wrap] of Object.entries(ways)) {
      test(`${name}, which ${what}: any list in any order, as alone, and saved and restored after`, async () => {
        const alone = await weightsAfter(make, (bare) => bare, lists);
        disposeAll(alone);
        const { optimizer, variables, weights } = await weightsAfter(make, wrap, lists);
        assertSameWeights(weights, alone.weights);
        const restored = what === 'is in two' ? () => around(around(make())) : () => around(make());
        await assertGoesOn({ optimizer, variables }, restored);
        for (const each of variables) each.dispose();
        const few = await weightsAfter(make, wrap, (_, b) => [[b]]);
        await assertGoesOn(few, restored, 'saved before the others are known');
      });
    }

    test(`${name}: a model whose first layer is frozen when it gets a Lookahead is saved and loaded`, async () => {
      const bare = make();
      const model = smallModel(bare);
      const listed = (each) => each.trainableWeights.map(({ val }) => val);
      for (let i = 0; i < 2; ++i) step(bare, listed(model));
      model.layers[0].trainable = false;
      const optimizer = lookahead(bare, { k: 2 });
      model.compile({ optimizer, loss: 'meanSquaredError' });
      for (let i = 0; i < 3; ++i) step(optimizer, listed(model));
      const loaded = await load(await saved(model));
      for (const each of [model, loaded]) for (let i = 0; i < 3; ++i) step(each.optimizer, listed(each));
      assertSameWeights(await valuesOf(loaded.getWeights()), await valuesOf(model.getWeights()));
      for (const each of [model, loaded]) {
        each.dispose();
        disposeOptimizer(each.optimizer);
      }
    });
  }

  test('variables that it has stepped, and that somebody else steps now, are not looked ahead', async () => {
    for (const make of [() => tf.train.adam(0.1), () => adamW(0.1)]) {
      const [base, head] = [newVariable([1], [1]), newVariable([1], [1])];
      const [bare, sgd] = [make(), tf.train.sgd(1)];
      step(bare, [base, head]);
      const start = (await valuesOf([base]))[0][0];
      const optimizer = lookahead(bare, { k: 1 });
      for (let i = 0; i < 3; ++i) {
        step(optimizer, [head]);
        tf.tidy(() => sgd.applyGradients({ [base.name]: tf.ones([1]) }));
      }
      assert.equal(await valuesOf([base]), [new Float32Array([start - 3])]);
      assert.equal(optimizer.variables, [head]);
      for (const each of [optimizer, sgd]) each.dispose();
    }
  });

  test('slots at some positions alone stay where they are', async () => {
    class OfKernels extends tf.MomentumOptimizer {
      applyGradients(gradients) {
        for (const [i, { name, tensor }] of gradients.entries()) {
          const weight = tf.engine().registeredVariables[name];
          if (i % 2 === 0) tf.tidy(() => weight.assign(tf.sub(weight, tensor)));
          else {
            this.accumulations[i] ??= {
              originalName: `${name}/momentum`,
              variable: tf.tidy(() => tf.zerosLike(tensor).variable(false)),
            };
            const { variable } = this.accumulations[i];
            tf.tidy(() => variable.assign(tf.add(tf.mul(variable, 0.5), tensor)));
            tf.tidy(() => weight.assign(tf.sub(weight, tf.mul(variable, 0.25))));
          }
        }
      }
    }
    const results = [];
    for (const wrap of [(bare) => bare, around]) {
      const variables = [1, 2, 3, 4].map((value) => newVariable([value], [1]));
      const bare = new OfKernels(0.1, 0.5);
      for (let i = 0; i < 3; ++i) step(bare, variables);
      const optimizer = wrap(bare);
      for (let i = 0; i < 3; ++i) step(optimizer, variables);
      results.push(await valuesOf(variables));
      disposeOptimizer(optimizer);
    }
    assertSameWeights(results[1], results[0]);
  });

  test('one that extends AdamW with slots of its own, which are of no variable', async () => {
    class Extended extends AdamW {
      static get className() {
        return 'Extended';
      }

      ema = [{ originalName: 'total/ema', variable: tf.tidy(() => tf.zeros([2]).variable(false)) }];

      dispose() {
        super.dispose();
        for (const { variable } of this.ema) variable.dispose();
      }
    }
    const [a, b] = three();
    const optimizer = around(new Extended(0.1));
    const [{ variable }] = optimizer.inner.ema;
    for (const listed of [[a], [a, b], [b, a]]) step(optimizer, listed);
    assert.is(optimizer.inner.ema[0].variable, variable);
    assert.not(variable.isDisposed);
    optimizer.dispose();
  });

  for (const [what, disposeFirst] of Object.entries({ 'before it was wrapped': true, 'before it was saved': false })) {
    test(`adamW, a variable of which was disposed ${what}: as alone`, async () => {
      const run = async (wrap, restoredBy) => {
        const [a, b, c] = three();
        const bare = adamW(0.1);
        for (let i = 0; i < 3; ++i) step(bare, [a, b]);
        if (disposeFirst) a.dispose();
        let optimizer = wrap(bare);
        if (!disposeFirst) a.dispose();
        if (restoredBy) {
          const again = restoredBy();
          await again.setWeights(await optimizer.getWeights());
          optimizer.dispose();
          optimizer = again;
        }
        for (const listed of [[b], [c, b], [c], [b, c]]) step(optimizer, listed);
        const weights = await valuesOf([b, c]);
        if (optimizer.inner) await assertGoesOn({ optimizer, variables: [b, c] }, () => around(adamW(0.1)));
        else optimizer.dispose();
        for (const each of [b, c]) each.dispose();
        return weights;
      };
      const alone = await run((optimizer) => optimizer);
      assertSameWeights(
        await run(
          (optimizer) => optimizer,
          () => adamW(0.1),
        ),
        alone,
        'alone, restored',
      );
      assertSameWeights(await run(around), alone, 'wrapped');
      assertSameWeights(await run(around, () => around(adamW(0.1))), alone, 'wrapped, restored');
    });
  }

  for (const pullbackMomentum of ['none', 'pullback']) {
    test(`adamW, ${pullbackMomentum}: a variable of another shape in the place of one that is gone, saved before its first step`, async () => {
      const make = () => lookahead(adamW(0.1), { k: 3, pullbackMomentum });
      const [a, b] = three();
      const optimizer = make();
      step(optimizer, [a, b]);
      a.dispose();
      const c = newVariable([1, 2, 3], [3], 'used/c3');
      optimizer.add([c]);
      optimizer.flush();
      await assertGoesOn({ optimizer, variables: [c, b] }, make);
    });

    test(`adamW in use, ${pullbackMomentum}: a variable that is added, saved before its first step`, async () => {
      const make = (inner) => lookahead(inner, { k: 3, pullbackMomentum });
      const [a, b] = three();
      const bare = adamW(0.1);
      step(bare, [b]);
      const optimizer = make(bare);
      optimizer.add([a]);
      await assertGoesOn({ optimizer, variables: [a, b] }, () => make(adamW(0.1)));
    });
  }

  test('adamW: one that comes late, in the place of one that is gone, keeps its state; saved and restored, too', async () => {
    const results = [];
    for (const wrap of [(bare) => bare, around, (bare) => around(around(bare))]) {
      for (const isRestored of [false, true]) {
        const [a, b, c] = three();
        const bare = adamW(0.1);
        for (let i = 0; i < 3; ++i) step(bare, [a, b]);
        let optimizer = wrap(bare);
        step(optimizer, [b]);
        if (isRestored) {
          const again = wrap(adamW(0.1));
          await again.setWeights(await optimizer.getWeights());
          optimizer.dispose();
          optimizer = again;
          step(optimizer, [b]);
        } else step(optimizer, [b]);
        b.dispose();
        step(optimizer, [a, c]);
        a.dispose();
        const d = newVariable([7, 8, 9], [3], 'used/a');
        step(optimizer, [c, d]);
        results.push(await valuesOf([c, d]));
        optimizer.dispose();
        for (const each of [c, d]) each.dispose();
      }
    }
    for (const each of results.slice(1)) assertSameWeights(each, results[0]);
  });

  test('nested: a step that the inner Lookahead refuses is refused before the outer one takes its variables', async () => {
    const [a, b, c] = three();
    const bare = adamW(0.1);
    step(bare, [a, c]);
    const optimizer = around(around(adamW(0.1)));
    await optimizer.setWeights(await bare.getWeights());
    const before = await wholeState(optimizer);
    assert.match(await messageOf(() => step(optimizer, [c, b])), /'used\/b' was not saved/);
    assert.equal(await wholeState(optimizer), before);
    assert.is(optimizer.variables.length, 0);
    for (const each of [bare, optimizer]) each.dispose();
  });

  test('adamW, restored: where names do not tell, the step is refused, and nothing has changed', async () => {
    const [a, b, c] = three();
    const bare = adamW(0.1);
    step(bare, [a, b]);
    const optimizer = around(adamW(0.1));
    await withoutReplacedSlots(optimizer, async () => optimizer.setWeights(await bare.getWeights()));
    const before = await wholeState(optimizer);
    assert.match(
      await messageOf(() => step(optimizer, [b, c])),
      /^LookaheadOptimizer\.applyGradients: 'used\/c' was not saved, and 'used\/a', which was, is not listed/,
    );
    assert.equal(await wholeState(optimizer), before);
    optimizer.add([a, b]);
    step(optimizer, [b, c]);
    for (const each of [bare, optimizer]) each.dispose();
  });

  test('restored: a variable that is listed without a gradient counts, if it was saved', async () => {
    const results = [];
    for (const isRestored of [false, true]) {
      const [h0, h1] = [newVariable([1], [1], 'heads/h0'), newVariable([50], [1], 'heads/h1')];
      const list = (...pairs) => pairs.map(([{ name }, value]) => ({ name, tensor: value && tf.tensor1d([value]) }));
      let optimizer = lookahead(tf.train.sgd(0.1), { k: 2 });
      tf.tidy(() => optimizer.applyGradients(list([h1, 1], [h0, null])));
      if (isRestored) {
        const again = lookahead(tf.train.sgd(0.1), { k: 2 });
        const weights = (await optimizer.getWeights()).map(({ name, tensor }) => ({ name, tensor: cloneOf(tensor) }));
        await again.setWeights(weights);
        tf.dispose(weights.map(({ tensor }) => tensor));
        disposeOptimizer(optimizer);
        optimizer = again;
      }
      tf.tidy(() => optimizer.applyGradients(list([h0, 1], [h1, null])));
      results.push(await valuesOf([h0, h1]));
      disposeOptimizer(optimizer);
      for (const each of [h0, h1]) each.dispose();
    }
    assertSameWeights(results[1], results[0]);
  });
});
