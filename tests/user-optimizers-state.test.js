/** Optimizers of the user's own, whose state is not as tfjs has it: read as it is, and refused where it cannot be. */
import { Lookahead, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { withoutReplacedSlots } from './support/inner-optimizers.js';
import { assertSameBits, isExact, randomValues } from './support/reference.js';
import { cloneOf } from './support/saved-lists.js';
import { assignValues, valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';
import { messageOf } from './support/whole-state.js';

function step(optimizer, variables, seed, bad) {
  tf.tidy(() => {
    if (bad !== undefined) variables[0].assign(tf.fill(variables[0].shape, bad, 'float32'));
    optimizer.applyGradients(
      variables.map(({ name, shape, size }, i) => {
        return { name, tensor: tf.reshape(tf.tensor1d(randomValues(size, 10 * seed + i)), shape) };
      }),
    );
  });
}

const newVariables = () => [newVariable(randomValues(6, 1), [2, 3]), newVariable([1, 2], [2])];

/** With a config of their own, which the class of tfjs cannot read. */
class MyAdam extends tf.AdamOptimizer {
  getConfig() {
    return { rate: this.learningRate, betas: [this.beta1, this.beta2] };
  }
}
class MyAdamax extends tf.AdamaxOptimizer {
  getConfig() {
    return { rate: this.learningRate };
  }
}

/** Keeps a tensor of its last step, which is disposed by the next. */
const keepingLastStep = (Base, make) =>
  class extends Base {
    lastStep = null;

    constructor() {
      super(...make);
    }

    applyGradients(gradients) {
      const tensors = Array.isArray(gradients) ? gradients.map(({ tensor }) => tensor) : Object.values(gradients);
      this.lastStep = tf.tidy(() => tf.addN(tensors.filter((tensor) => tensor).map((tensor) => tf.sum(tensor))));
      super.applyGradients(gradients);
      this.lastStep.dispose();
    }
  };

class Plain extends tf.Optimizer {
  constructor(rate) {
    super();
    this.rate = rate;
  }
  applyGradients(gradients) {
    const listed = Array.isArray(gradients)
      ? gradients
      : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
    for (const { name, tensor } of listed) {
      const variable = tf.engine().registeredVariables[name];
      if (tensor) tf.tidy(() => variable.assign(tf.sub(variable, tf.mul(tensor, this.rate))));
    }
  }
  dispose() {}
}

const keeping = {
  Adam: keepingLastStep(tf.AdamOptimizer, [0.1, 0.9, 0.999, 1e-7]),
  SGD: keepingLastStep(tf.SGDOptimizer, [0.1]),
  'no class of tfjs': keepingLastStep(Plain, [0.1]),
};

onEachBackend("optimizers of the user's own, their state", (test, backend) => {
  const classes = {
    Adam: [() => new MyAdam(0.1, 0.8, 0.95, 1e-7), () => tf.train.adam(0.1, 0.8, 0.95, 1e-7)],
    Adamax: [() => new MyAdamax(0.1, 0.8, 0.95, 1e-7, 0.01), () => tf.train.adamax(0.1, 0.8, 0.95, 1e-7, 0.01)],
  };
  for (const [name, makers] of Object.entries(backend === 'webgpu' ? {} : classes)) {
    test(`nonFinite: 'restore' around a subclass of ${name} with a getConfig() of its own`, async () => {
      const [ours, expected] = await Promise.all(
        makers.map(async (make) => {
          const variables = newVariables();
          const optimizer = lookahead(make(), { k: 2, nonFinite: 'restore' });
          for (let i = 0; i < 7; ++i) step(optimizer, variables, i, i === 3 ? Number.NaN : undefined);
          assert.is(optimizer.restores, 1);
          const values = valuesOf(variables);
          optimizer.dispose();
          return values;
        }),
      );
      for (const [i, values] of ours.entries()) {
        assert.ok(values.every(Number.isFinite), `weight ${i} is ${values}`);
        if (isExact(backend)) assertSameBits(values, expected[i], `weight ${i}`);
      }
    });
  }

  for (const [name, Class] of Object.entries(keeping)) {
    test(`one that keeps a tensor that is disposed by now goes on, as inner and as outer: ${name}`, async () => {
      const [gone, w] = newVariables();
      const optimizer = lookahead(new Class(), { k: 2, outer: new Class() });
      for (let i = 0; i < 5; ++i) step(optimizer, [gone, w], i);
      gone.dispose();
      for (let i = 0; i < 5; ++i) step(optimizer, [w], i);
      assert.equal(optimizer.variables, [w]);
      assert.is(optimizer.stepsInCycle, 0);
      optimizer.dispose();

      const loop = new Lookahead([w], { k: 1, outer: new Class() });
      for (let i = 0; i < 3; ++i) {
        tf.tidy(() => w.assign(tf.add(w, 1)));
        assert.is(loop.sync(), true);
      }
      loop.dispose();
    });

    test(`one that has stepped before it is wrapped: ${name}`, () => {
      const [w] = newVariables();
      const inner = new Class();
      step(inner, [w], 1);
      const optimizer = lookahead(inner, { k: 2 });
      step(optimizer, [w], 2);
      assert.is(optimizer.stepsInCycle, 1);
      optimizer.dispose();
    });
  }

  /** As Adafactor, it holds sums over rows and over columns of the gradients, and how often each variable was stepped. */
  class Factored extends tf.Optimizer {
    rows = [];
    columns = [];
    counts = [];
    all = [1, 2, 3].map((i) => ({ originalName: `all${i}`, variable: tf.tidy(() => tf.scalar(0).variable(false)) }));

    static className = 'Factored';

    applyGradients(gradients) {
      const add = (property, i, value) => {
        this[property][i] ??= { originalName: `${i}/${property}`, variable: tf.zerosLike(value).variable(false) };
        const { variable } = this[property][i];
        variable.assign(tf.add(variable, value));
        return variable;
      };
      const listed = Array.isArray(gradients)
        ? gradients.map(({ name, tensor }) => [name, tensor])
        : Object.entries(gradients);
      listed.forEach(([name, gradient], i) => {
        tf.tidy(() => {
          const [row, column] = [add('rows', i, tf.sum(gradient, -1)), add('columns', i, tf.sum(gradient))];
          const count = tf.cast(add('counts', i, tf.scalar(1, 'int32')), 'float32');
          const step = tf.addN([tf.sum(row), column, count, add('all', 2, tf.scalar(1))]);
          const weight = tf.engine().registeredVariables[name];
          weight.assign(tf.sub(weight, tf.mul(0.1, step)));
        });
      });
    }

    getConfig() {
      return {};
    }

    dispose() {
      for (const { variable } of [this.rows, this.columns, this.counts, this.all].flat()) variable.dispose();
    }
  }

  for (const outer of [false, true]) {
    test(`one whose slots have shapes and dtypes of their own is saved and restored, outer: ${outer}`, async () => {
      const wrap = () =>
        outer ? lookahead(tf.train.sgd(0.1), { k: 2, outer: new Factored() }) : lookahead(new Factored(), { k: 2 });
      const variables = newVariables();
      const optimizer = wrap();
      for (let i = 0; i < 3; ++i) step(optimizer, variables, i);
      const list = (await optimizer.getWeights()).map(({ name, tensor }) => ({ name, tensor: cloneOf(tensor) }));
      const saved = await valuesOf(variables);
      for (let i = 3; i < 8; ++i) step(optimizer, variables, i);
      const expected = await valuesOf(variables);
      const another = wrap();
      for (const resumed of [optimizer, another]) {
        await resumed.setWeights(list);
        assignValues(variables, saved);
        for (let i = 3; i < 8; ++i) step(resumed, variables, i);
        for (const [i, values] of (await valuesOf(variables)).entries()) {
          if (isExact(backend)) assertSameBits(values, expected[i], `weight ${i}`);
        }
        resumed.dispose();
      }
      tf.dispose(list.map(({ tensor }) => tensor));
    });
  }

  test('a list may be disposed while a class reads its own', async () => {
    /** Reads from somewhere else. */
    class Reading extends tf.AdamOptimizer {
      async setWeights(weights) {
        const copies = weights.map(({ name, tensor }) => ({ name, tensor: cloneOf(tensor) }));
        await new Promise((resolve) => setTimeout(resolve, 0));
        await super.setWeights(copies);
        tf.dispose(copies.map(({ tensor }) => tensor));
      }
    }
    const variables = newVariables();
    const optimizer = lookahead(new Reading(0.1, 0.9, 0.999), { k: 2, outer: tf.train.adam(0.1) });
    for (let i = 0; i < 3; ++i) step(optimizer, variables, i);
    const list = (await optimizer.getWeights()).map(({ name, tensor }) => ({ name, tensor: cloneOf(tensor) }));
    const slow = await valuesOf(optimizer.slowWeights);
    for (let i = 3; i < 8; ++i) step(optimizer, variables, i);
    await withoutReplacedSlots(optimizer, () => {
      const restored = optimizer.setWeights(list);
      tf.dispose(list.map(({ tensor }) => tensor));
      return restored;
    });
    assert.is(optimizer.stepsInCycle, 1);
    assert.equal(await valuesOf(optimizer.slowWeights), slow);
    optimizer.dispose();
  });

  for (const told of [undefined, Number.NaN, Number.POSITIVE_INFINITY, -1, 2.5, '7', 2 ** 53]) {
    test(`one that tells ${told} as its iterations is saved and restored`, async () => {
      class Telling extends tf.SGDOptimizer {
        get iterations() {
          return told;
        }
      }
      const variables = newVariables();
      const optimizer = lookahead(new Telling(0.1), { k: 2, outer: new Telling(0.5) });
      const loop = new Lookahead(variables, { outer: new Telling(0.5) });
      step(optimizer, variables, 1);
      await optimizer.setWeights(await optimizer.getWeights());
      const list = loop.getWeights();
      loop.setWeights(list);
      assert.is(optimizer.stepsInCycle, 1);
      tf.dispose(list.map(({ tensor }) => tensor));
      for (const each of [optimizer, loop]) each.dispose();
    });
  }

  test('a tensor that one holds is not disposed by a save, whatever its name', async () => {
    class Counting extends tf.SGDOptimizer {
      iter = tf.scalar(0, 'int32');
      state = { iter: tf.scalar(0, 'int32') };

      async getWeights() {
        return [this, this.state].map(({ iter }) => ({ name: 'iter', tensor: iter }));
      }

      async setWeights() {}
    }
    const optimizer = lookahead(new Counting(0.1), { k: 2 });
    const { iter, state } = optimizer.inner;
    step(optimizer, newVariables(), 1);
    await optimizer.getWeights();
    for (const each of [iter, state.iter]) assert.is(each.isDisposed, false);
    tf.dispose([iter, state.iter]);
    optimizer.dispose();
  });

  /** Steps, but later. */
  class Late extends Plain {
    async applyGradients(gradients) {
      await null;
      super.applyGradients(gradients);
    }
  }

  test('an applyGradients that returns a promise is refused, by a message that says what to do', async () => {
    const [, w] = newVariables();
    const says = /applyGradients\(\) of the inner optimizer returned a promise.*Let it step synchronously: await what/;
    for (const wrap of [(inner) => inner, (inner) => lookahead(inner)]) {
      const optimizer = lookahead(wrap(new Late(0)), { k: 1 });
      assert.match(await messageOf(() => step(optimizer, [w], 1)), says);
      assert.match(await messageOf(() => optimizer.minimize(() => tf.sum(w), false, [w])), says);
      assert.is(optimizer.stepsInCycle, 0);
      await new Promise((resolve) => setTimeout(resolve, 0)); // it fails later, which must not end the process
      optimizer.dispose();
    }
  });

  test('an outer optimizer whose applyGradients returns a promise is refused', async () => {
    const [, w] = newVariables();
    const loop = new Lookahead([w], { k: 1, outer: new Late(1) });
    tf.tidy(() => w.assign(tf.add(w, 1)));
    assert.match(await messageOf(() => loop.sync()), /applyGradients\(\) of the outer optimizer returned a promise/);
    await new Promise((resolve) => setTimeout(resolve, 0));
    loop.dispose();
  });
});
