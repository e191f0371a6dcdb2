/** Optimizers that a user wrote: they get what the program passed, and what they return is returned. */
import { lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { testWith } from './support/inner-optimizers.js';
import { assertWrappedEqualsPlain, disposeOptimizer } from './support/plain-and-wrapped.js';
import { assertSameWeights } from './support/reference.js';
import { smallData, smallModel, trainStep, valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';
import { messageOf } from './support/whole-state.js';

/** `tf.sign`, which the wasm backend of early versions lacks. */
const signOf = (x) => tf.sub(tf.cast(tf.greater(x, 0), 'float32'), tf.cast(tf.less(x, 0), 'float32'));

/**
 * Sign descent with a momentum, which it keeps by name; it knows gradients as a map alone, as `minimize` without a
 * list gives them.
 */
class SignDescent extends tf.Optimizer {
  static get className() {
    return 'SignDescent';
  }

  constructor(rate) {
    super();
    this.rate = rate;
    this.momenta = {};
    this.received = [];
  }

  applyGradients(gradients) {
    this.received.push(gradients);
    const names = Object.keys(gradients);
    tf.tidy(() => {
      for (const name of names) {
        const variable = tf.engine().registeredVariables[name];
        this.momenta[name] ??= tf.variable(tf.zerosLike(variable), false);
        this.momenta[name].assign(tf.add(tf.mul(this.momenta[name], 0.9), gradients[name]));
        variable.assign(tf.sub(variable, tf.mul(signOf(this.momenta[name]), this.rate)));
      }
    });
    this.incrementIterations();
    return names;
  }

  getConfig() {
    return { rate: this.rate };
  }

  dispose() {
    tf.dispose(this.momenta);
  }
}

/** The same over a list alone. */
class ListedSignDescent extends SignDescent {
  applyGradients(gradients) {
    const list = gradients.filter(({ tensor }) => tensor);
    return super.applyGradients(Object.fromEntries(list.map(({ name, tensor }) => [name, tensor])));
  }
}

const clipped = (gradient) => tf.clipByValue(gradient, -1, 1);

/** One of tfjs's own whose gradients are clipped first: as a map, or as a list. Neither knows what is missing. */
const withMapClipped = (Base) =>
  class extends Base {
    applyGradients(gradients) {
      tf.tidy(() => {
        super.applyGradients(
          Object.fromEntries(Object.keys(gradients).map((name) => [name, clipped(gradients[name])])),
        );
      });
    }
  };
const withListClipped = (Base) =>
  class extends Base {
    applyGradients(gradients) {
      tf.tidy(() => super.applyGradients(gradients.map(({ name, tensor }) => ({ name, tensor: clipped(tensor) }))));
    }
  };

/** Steps of 1/64 against the sign of each gradient, whoever steps. */
class SignsInMinimize extends tf.SGDOptimizer {
  static get className() {
    return 'SignsInMinimize';
  }

  minimize(f, returnCost = false, variables) {
    const { value, grads } = this.computeGradients(f, variables);
    tf.tidy(() => {
      this.applyGradients(Object.fromEntries(Object.entries(grads).map(([name, g]) => [name, signOf(g)])));
    });
    tf.dispose(grads);
    if (returnCost) return value;
    value.dispose();
    return null;
  }
}

onEachBackend('optimizers of the user’s own', (test, backend) => {
  /** Generator and discriminator in turn, then both: the set of gradients differs from step to step. */
  async function train(optimizer) {
    const [a, b] = [newVariable([1, 2], [2]), newVariable([3], [1])];
    const losses = [() => tf.sum(tf.square(a)), () => tf.sum(tf.mul(a, b)), () => tf.sum(tf.square(b))];
    for (let i = 0; i < 9; ++i) {
      const { grads, value } = tf.variableGrads(losses[i % 3], [[a], [b, a], [b]][i % 3]);
      assert.equal(optimizer.applyGradients(grads), Object.keys(grads), 'what it returns is returned');
      const { received } = optimizer.inner ?? optimizer;
      assert.is(received.at(-1), grads, 'the very map, at the first step and whenever the set differs');
      tf.dispose([grads, value]);
    }
    return valuesOf([a, b]);
  }

  test('one that gets a map', () => assertWrappedEqualsPlain(() => new SignDescent(0.1), train, 'a map'));

  test('one that gets a map from minimize, while other variables come and go', () =>
    assertWrappedEqualsPlain(
      () => new SignDescent(0.1),
      async (optimizer) => {
        const w = newVariable([1, 2], [2]);
        for (let i = 0; i < 3; ++i) {
          const late = newVariable([i], [1]);
          optimizer.minimize(() => tf.sum(tf.square(tf.mul(w, late))));
          late.dispose();
          optimizer.minimize(() => tf.sum(tf.square(w)));
        }
        return valuesOf([w]);
      },
      'minimize',
    ));

  test('one that gets a list, in a model', () =>
    assertWrappedEqualsPlain(
      () => new ListedSignDescent(0.1),
      async (optimizer) => {
        const model = smallModel(optimizer);
        for (let i = 0; i < 5; ++i) trainStep(model, smallData());
        const weights = await valuesOf(model.getWeights());
        model.dispose();
        return weights;
      },
      'a list',
    ));

  test('it is merged as any other', async () => {
    const w = newVariable([0], [1]);
    const optimizer = lookahead(new SignDescent(1), { k: 2, alpha: 0.5 });
    for (let i = 0; i < 2; ++i) tf.tidy(() => optimizer.applyGradients({ [w.name]: tf.tensor1d([-3]) }));
    assert.equal([...(await w.data())], [1], 'half way from 0 to 2');
    optimizer.dispose();
  });

  test('one of tfjs’s own that clips a map gets one, at the first step too', () =>
    assertWrappedEqualsPlain(
      () => new (withMapClipped(tf.AdamOptimizer))(0.1, 0.9, 0.999, 1e-7),
      async (optimizer) => {
        const [a, b] = [newVariable([1, 2], [2]), newVariable([3], [1])];
        for (let i = 0; i < 3; ++i) optimizer.minimize(() => tf.sum(tf.mul(tf.square(a), b)));
        return valuesOf([a, b]);
      },
      'a clipped map',
    ));

  const clips = {
    Momentum: (clip) => new (clip(tf.MomentumOptimizer))(0.05, 0.9),
    Adagrad: (clip) => new (clip(tf.AdagradOptimizer))(0.05, 0.3),
    SGD: (clip) => new (clip(tf.SGDOptimizer))(0.05),
  };
  const ways = {
    'a map': [withMapClipped, (list) => Object.fromEntries(list)],
    'a list': [withListClipped, (list) => list.map(([name, tensor]) => ({ name, tensor }))],
  };
  for (const [name, make] of Object.entries(clips)) {
    for (const [form, [clip, inForm]] of Object.entries(ways)) {
      testWith(
        name,
        backend,
        test,
      )(
        `${name} that clips ${form}: other variables at each step, each as if it had an optimizer of its own`,
        async () => {
          const values = [[1, 2], [3, 4], [5]];
          const [mine, theirs] = [0, 1].map(() => values.map((each) => newVariable(each, [each.length])));
          const step = (optimizer, variables) =>
            tf.tidy(() => optimizer.applyGradients(inForm(variables.map((w) => [w.name, tf.mul(w, 0.3)]))));
          const optimizer = lookahead(make(clip), { k: 2, alpha: 1 });
          optimizer.add(mine); // the first step leaves out the first
          const alone = theirs.map(() => make(clip));
          for (const which of [[1], [0, 1], [1, 0], [2], [2, 1, 0], [0, 1, 2], [1], [2, 0]]) {
            step(
              optimizer,
              which.map((i) => mine[i]),
            );
            for (const i of which) step(alone[i], [theirs[i]]);
          }
          assertSameWeights(await valuesOf(mine), await valuesOf(theirs), name);
          const [iter, ...weights] = await optimizer.inner.getWeights();
          iter.tensor.dispose();
          assert.equal(
            weights.map(({ name }) => name.split('/')[0]),
            name === 'SGD' ? [] : mine.map((w) => w.name),
            'slots in the order of the variables',
          );
          for (const each of [optimizer, ...alone]) disposeOptimizer(each);
        },
      );
    }
  }

  test('a gradient that is missing is as one that is not listed', () =>
    assertWrappedEqualsPlain(
      () => {
        const Clipping = withListClipped(tf.MomentumOptimizer);
        return new (class extends Clipping {
          applyGradients(gradients) {
            super.applyGradients(gradients.filter(({ tensor }) => tensor));
          }
        })(0.05, 0.9);
      },
      async (optimizer) => {
        const [frozen, w] = [newVariable([1, 2, 3], [3]), newVariable([1, 2], [2])];
        for (let i = 0; i < 4; ++i) {
          tf.tidy(() =>
            optimizer.applyGradients([
              { name: frozen.name, tensor: null },
              { name: w.name, tensor: tf.mul(w, 0.3) },
            ]),
          );
        }
        return valuesOf([frozen, w]);
      },
      'filtered',
    ));

  test('a step that throws leaves each slot at its place', async () => {
    const [a, b] = [newVariable([1, 2], [2]), newVariable([3], [1])];
    const step = (optimizer, ...list) =>
      tf.tidy(() => optimizer.applyGradients(list.map((w) => ({ name: w.name, tensor: tf.onesLike(w) }))));
    class Throwing extends tf.MomentumOptimizer {
      applyGradients(gradients) {
        if (this.throws) throw new Error('not now');
        super.applyGradients(gradients);
      }
    }
    const inner = new Throwing(1, 0.5);
    const optimizer = lookahead(inner);
    step(optimizer, a, b);
    inner.throws = true;
    assert.throws(() => step(optimizer, b), /not now/);
    assert.throws(() => step(optimizer, b, a), /not now/);
    inner.throws = false;
    step(optimizer, a, b);
    assert.equal(
      (await valuesOf([a, b])).map((values) => [...values]),
      [[-1.5, -0.5], [0.5]],
      '1, then 1.5',
    );
    disposeOptimizer(optimizer);
  });

  test('a minimize of its own runs, in a model and without', () =>
    assertWrappedEqualsPlain(
      () => new SignsInMinimize(1 / 64),
      async (optimizer) => {
        const w = newVariable([1, -2], [2]);
        const loss = () => tf.sum(tf.square(w));
        assert.is(optimizer.minimize(loss), null);
        const cost = optimizer.minimize(loss, true, [w]);
        const model = smallModel(optimizer);
        const { x, y } = smallData();
        await model.fit(x, y, { epochs: 3, batchSize: 4, shuffle: false, verbose: 0 });
        const weights = await valuesOf([w, cost, ...model.getWeights()]);
        model.dispose();
        return weights;
      },
      'minimize',
    ));

  test('what a minimize of its own applies is merged, nested too', async () => {
    for (const wrap of [(inner) => inner, (inner) => lookahead(inner, { k: 1, alpha: 0.5 })]) {
      const w = newVariable([2], [1]);
      const optimizer = lookahead(wrap(new SignsInMinimize(1)), { k: 2, alpha: 0.5 });
      const fast = [];
      for (let i = 0; i < 2; ++i) {
        optimizer.minimize(() => tf.sum(tf.mul(w, 5)), false, [w]);
        fast.push((await w.data())[0]);
      }
      assert.equal(fast, optimizer.inner.k ? [1.5, 1.5] : [1, 1], 'from 2: half of two steps');
      assert.equal([optimizer.iterations, optimizer.stepsInCycle], [2, 0]);
      assert.equal([...(await optimizer.slowWeights[0].data())], [fast[1]]);
      optimizer.dispose();
    }
  });

  test('an adopt() of its own, which is something else, is left alone', () => {
    class Adopting extends tf.SGDOptimizer {
      adopt() {
        throw new Error('called');
      }
    }
    const w = newVariable([2], [1]);
    const optimizer = lookahead(new Adopting(1), { k: 2 });
    optimizer.add([w]);
    optimizer.adopt();
    optimizer.dispose();
  });

  test('a minimize of its own that steps at every third batch: k counts its steps', async () => {
    class Accumulating extends tf.SGDOptimizer {
      batches = 0;
      sum = tf.tidy(() => tf.variable(tf.zeros([1]), false));

      minimize(f, _returnCost, [w]) {
        const { value, grads } = this.computeGradients(f, [w]);
        tf.tidy(() => {
          this.sum.assign(tf.add(this.sum, grads[w.name]));
          if (++this.batches % 3 !== 0) return;
          this.applyGradients({ [w.name]: this.sum });
          this.sum.assign(tf.zeros([1]));
        });
        tf.dispose([value, grads]);
      }

      dispose() {
        super.dispose();
        this.sum.dispose();
      }
    }
    const w = newVariable([0], [1]);
    const optimizer = lookahead(new Accumulating(1), { k: 2, alpha: 0.5 });
    const seen = [];
    for (let i = 0; i < 6; ++i) {
      optimizer.minimize(() => tf.sum(tf.mul(w, -2)), false, [w]);
      seen.push((await w.data())[0]);
    }
    assert.equal(seen, [0, 0, 6, 6, 6, 6], 'at the last 12, half way back');
    assert.is(optimizer.iterations, 2);
    optimizer.dispose();
  });

  test('a minimize that one optimizer alone was given runs, too', async () => {
    const w = newVariable([2], [1]);
    const inner = tf.train.sgd(1);
    inner.minimize = function (...parameters) {
      this.setLearningRate(0.5);
      return Object.getPrototypeOf(this).minimize.apply(this, parameters);
    };
    const optimizer = lookahead(inner, { k: 2 });
    optimizer.minimize(() => tf.sum(w));
    assert.equal([...(await w.data())], [1.5]);
    assert.is(optimizer.stepsInCycle, 1);
    optimizer.dispose();
  });

  test('a minimize of its own that steps past applyGradients is an error, not a Lookahead without merges', async () => {
    class Past extends tf.SGDOptimizer {
      minimize(f, _returnCost, variables) {
        const { value, grads } = this.computeGradients(f, variables);
        super.applyGradients(grads);
        tf.dispose(grads);
        return value;
      }
    }
    class Assigning extends tf.Optimizer {
      minimize(f, _returnCost, variables) {
        tf.tidy(() => variables.forEach((w) => void w.assign(tf.sub(w, f()))));
        return null;
      }

      applyGradients() {}
    }
    const w = newVariable([2], [1]);
    const loss = () => tf.sum(w);
    for (const [inner, ...lists] of [
      [new Past(1), undefined, [w]],
      [new Assigning(), [w]],
    ]) {
      const optimizer = lookahead(inner);
      for (const list of lists) {
        assert.match(
          await messageOf(() => optimizer.minimize(loss, true, list)),
          /LookaheadOptimizer\.minimize: the inner optimizer's own minimize\(\) has stepped without this\.applyGradients\(\)/,
        );
      }
      optimizer.dispose();
    }
  });

  test('a minimize of its own is refused where all else is, before it runs', async () => {
    const w = newVariable([2], [1]);
    const optimizer = lookahead(new SignsInMinimize(1));
    const loss = () => tf.sum(w);
    optimizer.minimize(loss);
    assert.throws(
      () => optimizer.withSlowWeights(() => optimizer.minimize(loss)),
      /LookaheadOptimizer\.minimize: called inside withSlowWeights/,
    );
    assert.equal([...(await w.data())], [1]);
    optimizer.dispose();
    assert.throws(() => optimizer.minimize(loss), /LookaheadOptimizer\.minimize: this optimizer was disposed/);
  });

  test('a computeGradients of its own is called', () =>
    assertWrappedEqualsPlain(
      () =>
        new (class extends tf.SGDOptimizer {
          computeGradients(f, variables) {
            const { value, grads } = super.computeGradients(f, variables);
            for (const [name, gradient] of Object.entries(grads)) {
              grads[name] = signOf(gradient);
              gradient.dispose();
            }
            return { value, grads };
          }
        })(0.5),
      async (optimizer) => {
        const w = newVariable([3, -3], [2]);
        for (let i = 0; i < 3; ++i) optimizer.minimize(() => tf.sum(tf.square(w)), false, i % 2 ? [w] : undefined);
        const weights = await valuesOf([w]);
        assert.equal([...weights[0]], [1.5, -1.5]);
        return weights;
      },
      'computeGradients',
    ));

  for (const inner of [null, 3, 'adam', {}]) {
    test(`one that has a property 'inner' of its own, ${JSON.stringify(inner)}`, () =>
      assertWrappedEqualsPlain(
        () => Object.assign(new SignDescent(0.5), { inner }),
        async (optimizer) => {
          const w = newVariable([1, -2], [2]);
          optimizer.minimize(() => tf.sum(tf.square(w)));
          return valuesOf([w]);
        },
        'inner',
      ));
  }
});
