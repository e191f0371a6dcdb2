/**
 * Options and steps of an optimizer that change in the middle of a training: all else does with them what plain tfjs
 * does.
 */
import { fused, lookahead, stepPath } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { disposeWithInner } from './support/inner-optimizers.js';
import { assertSameBits, isExact, randomValues } from './support/reference.js';
import { smallData, smallModel, valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';
import { tfjsLacks } from './support/tfjs-lacks.js';

const pairs = [(make) => [make(), fused(make())], (make) => [make(), lookahead(make(), { k: 100 })]];

function step(optimizer, variables, seed) {
  tf.tidy(() => {
    optimizer.applyGradients(
      variables.map(({ name, shape, size }, i) => {
        return { name, tensor: tf.reshape(tf.tensor1d(randomValues(size, 10 * seed + i)), shape) };
      }),
    );
  });
}

const newVariables = () => [newVariable(randomValues(6, 1), [2, 3]), newVariable([1, 2], [2])];

function disposeEither(optimizer) {
  if (optimizer.inner) disposeWithInner(optimizer);
  else {
    optimizer.dispose();
    if (optimizer.getClassName() === 'Momentum') optimizer.c.dispose();
  }
}

/** The same steps of a plain and a wrapped optimizer, something changed between them; `change` gets what a program holds. */
async function assertSameSteps(backend, make, change, steps = 4) {
  for (const pair of pairs) {
    const [plain, mine] = pair(make);
    const [theirs, ours] = [newVariables(), newVariables()];
    for (let i = 0; i < steps; ++i) {
      if (i === 2) for (const each of [plain, mine]) change(each, each.inner ?? each);
      step(plain, theirs, i);
      step(mine, ours, i);
      const [expected, actual] = [await valuesOf(theirs), await valuesOf(ours)];
      for (const [w, values] of actual.entries()) {
        if (isExact(backend)) assertSameBits(values, expected[w], `step ${i}, weight ${w}`);
        else for (const [j, value] of values.entries()) assert.ok(Math.abs(value - expected[w][j]) < 1e-5);
      }
    }
    for (const each of [plain, mine]) disposeEither(each);
  }
}

onEachBackend('options that change', (test, backend) => {
  const options = {
    useNesterov: [() => tf.train.momentum(0.1, 0.9), true],
    centered: [() => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-10), true],
  };
  for (const [name, [make, value]] of Object.entries(options)) {
    test(`${name}, set on the optimizer that steps`, () =>
      assertSameSteps(backend, make, (_, inner) => {
        inner[name] = value;
      }));
  }

  const testAdagrad = tfjsLacks(`Adagrad on ${backend}`) ? test.skip : test;
  testAdagrad('initialAccumulatorValue, before a variable comes', async () => {
    for (const pair of pairs) {
      const [plain, mine] = pair(() => tf.train.adagrad(0.1, 0.1));
      const [theirs, ours] = [newVariables(), newVariables()];
      for (const [optimizer, variables] of [
        [plain, theirs],
        [mine, ours],
      ]) {
        step(optimizer, variables.slice(0, 1), 1);
        (optimizer.inner ?? optimizer).initialAccumulatorValue = 0.7;
        step(optimizer, variables, 2);
        assert.is((optimizer.inner ?? optimizer).accumulatedGrads.length, 2);
      }
      const [expected, actual] = [await valuesOf(theirs), await valuesOf(ours)];
      for (const [w, values] of actual.entries()) {
        for (const [j, value] of values.entries()) assert.ok(Math.abs(value - expected[w][j]) < 1e-6, `weight ${w}`);
      }
      for (const each of [plain, mine]) each.dispose();
    }
  });

  /** Runs `fn` with the step of Adam's class patched. */
  function withPatch(fn) {
    const { prototype } = tf.AdamOptimizer;
    const { applyGradients } = prototype;
    let calls = 0;
    const patch = () => {
      prototype.applyGradients = function (gradients) {
        ++calls;
        applyGradients.call(this, gradients);
      };
    };
    try {
      fn(patch, () => calls);
    } finally {
      prototype.applyGradients = applyGradients;
    }
  }

  for (const [key, wrap] of Object.entries({ fused, lookahead: (inner) => lookahead(inner) })) {
    test(`a prototype whose applyGradients was patched before ${key}() is called`, () =>
      withPatch((patch, calls) => {
        patch();
        const [w] = newVariables();
        const optimizer = wrap(tf.train.adam(0.1));
        step(optimizer, [w], 1);
        assert.is(calls(), 1);
        assert.is(stepPath(optimizer), 'ops');
        optimizer.dispose();
      }));

    test(`a prototype whose applyGradients is patched after ${key}() is called`, () =>
      withPatch((patch, calls) => {
        const [w] = newVariables();
        const optimizer = wrap(tf.train.adam(0.1));
        step(optimizer, [w], 1);
        patch();
        step(optimizer, [w], 2);
        assert.is(calls(), 1);
        assert.is(stepPath(optimizer), 'ops');
        optimizer.dispose();
      }));
  }

  test('a prototype that is patched later, of a class with a minimize of its own, is called', () => {
    class Clipping extends tf.SGDOptimizer {
      applyGradients(gradients) {
        super.applyGradients(gradients);
      }
      minimize(f, returnCost, list) {
        return super.minimize(f, returnCost, list);
      }
    }
    const [w] = newVariables();
    const optimizer = lookahead(new Clipping(0.1));
    const { applyGradients } = Clipping.prototype;
    let calls = 0;
    Clipping.prototype.applyGradients = function (gradients) {
      ++calls;
      applyGradients.call(this, gradients);
    };
    optimizer.minimize(() => tf.sum(w), false, [w]);
    assert.is(calls, 1);
    optimizer.dispose();
  });

  test('a patched instance: fused after, it is not; fused before, it is', () => {
    const expected = stepPath(fused(tf.train.adagrad(0.1)));
    const patched = (optimizer) => {
      const { applyGradients } = optimizer;
      optimizer.applyGradients = function (gradients) {
        applyGradients.call(this, gradients);
      };
      return optimizer;
    };
    const [after, before] = [lookahead(patched(tf.train.adam(0.1))), patched(fused(tf.train.adam(0.1)))];
    assert.equal([stepPath(after), stepPath(before)], ['ops', expected]);
    for (const each of [after, before]) each.dispose();
  });

  test('hyperparameters of the inner optimizer, read and set on the one around it', async () => {
    await assertSameSteps(
      backend,
      () => tf.train.adam(0.1),
      (optimizer) => {
        assert.is(optimizer.beta1, 0.9);
        Object.assign(optimizer, { beta1: 0.5, beta2: 0.9, epsilon: 0.01 });
        assert.equal([optimizer.beta1, optimizer.beta2, optimizer.epsilon], [0.5, 0.9, 0.01]);
      },
    );
    await assertSameSteps(
      backend,
      () => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-10),
      (optimizer) => Object.assign(optimizer, { decay: 0.5, momentum: 0.2, centered: true }),
    );
  });

  test('those of a class of the user, whether a value or an accessor, and through two Lookaheads', () => {
    class WithDecay extends tf.SGDOptimizer {
      weightDecay = 0.5;
      #clip = 1;
      get clip() {
        return this.#clip;
      }
      set clip(clip) {
        this.#clip = clip;
      }
      get factor() {
        return this.weightDecay * this.#clip;
      }
      applyGradients(gradients) {
        for (const { name } of gradients) {
          const variable = tf.engine().registeredVariables[name];
          tf.tidy(() => variable.assign(tf.mul(variable, this.weightDecay * this.clip)));
        }
        super.applyGradients(gradients);
      }
    }
    for (const wrap of [(inner) => inner, (inner) => lookahead(inner, { k: 9 })]) {
      const w = newVariable([8], [1]);
      const inner = new WithDecay(0);
      const optimizer = lookahead(wrap(inner), { k: 9 });
      optimizer.weightDecay = 0.25;
      optimizer.clip = 2;
      assert.equal([inner.weightDecay, inner.clip, optimizer.weightDecay, optimizer.clip], [0.25, 2, 0.25, 2]);
      for (const each of [inner, optimizer]) assert.throws(() => (each.factor = 1), TypeError);
      assert.is(optimizer.factor, 0.5);
      tf.tidy(() => optimizer.applyGradients([{ name: w.name, tensor: tf.tensor1d([1]) }]));
      if (isExact(backend)) assert.equal([...w.dataSync()], [4]);
      optimizer.dispose();
    }
  });

  test('names of its own stay its own, and what it is saved as is unchanged', () => {
    const inner = Object.assign(tf.train.sgd(0.1), { k: 77, alpha: 0.9, restart: 'mine' });
    const optimizer = lookahead(inner, { k: 3 });
    assert.equal([optimizer.k, optimizer.alpha, optimizer.restart], [3, 0.5, true]);
    optimizer.k = 4;
    assert.is(inner.k, 77);
    assert.not(Object.keys(optimizer).includes('beta1'));
    assert.is(optimizer.iterations_, undefined);
    optimizer.dispose();
  });

  test('model.compile, and callbacks that set a rate', async () => {
    const optimizer = lookahead(tf.train.momentum(0.1, 0.9), { k: 2 });
    const model = smallModel(optimizer);
    const { x, y } = smallData();
    const rates = [];
    await model.fit(x, y, {
      epochs: 3,
      verbose: 0,
      callbacks: {
        onEpochBegin(epoch) {
          if (epoch === 1) model.optimizer.learningRate = 0.05;
          if (epoch === 2) model.optimizer.setLearningRate(0.025);
          rates.push(optimizer.inner.learningRate);
        },
      },
    });
    assert.equal(rates, [0.1, 0.05, 0.025]);
    const [c] = await optimizer.inner.c.data();
    assert.is(c, -Math.fround(0.025));
    model.dispose();
    disposeWithInner(optimizer);
  });

  test('stepPath throws where no backend of this name is ready, for what is not fused too', () => {
    for (const make of [() => tf.train.adam(0.1), () => fused(tf.train.adam(0.1)), () => lookahead('adam')]) {
      const optimizer = make();
      assert.throws(() => stepPath(optimizer, 'nobackend'), /stepPath: no backend 'nobackend' is ready/);
      optimizer.dispose();
    }
  });
});
