/** Optimizers that a user wrote: they get what the program passed, and what they return is returned. */
import { lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { assertWrappedEqualsPlain } from './support/plain-and-wrapped.js';
import { smallData, smallModel, trainStep, valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';

/**
 * Sign descent with a momentum, which it keeps by name; it knows gradients as a map alone, as `minimize` without a
 * list gives them.
 */
/** `tf.sign`, which the wasm backend of early versions lacks. */
const signOf = (x) => tf.sub(tf.cast(tf.greater(x, 0), 'float32'), tf.cast(tf.less(x, 0), 'float32'));

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

onEachBackend('optimizers of the user’s own', (test) => {
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
