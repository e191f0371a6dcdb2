/** Mistakes that users of models make: each message says what to do, and nothing has changed. */
import { AdamW, Lookahead, LookaheadOptimizer, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { isExact } from './support/reference.js';
import { smallData, smallModel, valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';
import { messageOf, wholeState } from './support/whole-state.js';

onEachBackend('mistakes', (test, backend) => {
  if (!isExact(backend)) return; // nothing here depends on who computes

  const dense = () => tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
  const step = (optimizer, ...variables) =>
    tf.tidy(() => optimizer.applyGradients(variables.map((w) => ({ name: w.name, tensor: tf.onesLike(w) }))));

  test('model.trainableWeights instead of model.getWeights(true)', () => {
    const model = dense();
    const says =
      /'variables\[0\]' is an object, but must be a tf\.Variable, .*Of a model, pass model\.getWeights\(true\)\./;
    assert.throws(() => new Lookahead(model.trainableWeights), says);
    const optimizer = lookahead(tf.train.sgd(0.1));
    assert.throws(() => optimizer.add(model.trainableWeights), says);
    optimizer.dispose();
    model.dispose();
  });

  test('a model whose layers are all frozen', () => {
    const model = dense();
    for (const layer of model.layers) layer.trainable = false;
    assert.throws(
      () => new Lookahead(model.getWeights(true)),
      /'variables' is empty.*before it is built, and none that are trainable while all its layers are frozen/,
    );
    model.dispose();
  });

  test('a promise instead of a function', async () => {
    const model = smallModel('sgd');
    const loop = new Lookahead(model.getWeights(true));
    const optimizer = lookahead(tf.train.sgd(0.1));
    for (const each of [loop, optimizer]) {
      const promise = Promise.resolve(5);
      assert.throws(
        () => each.withSlowWeights(promise),
        /withSlowWeights: 'fn' is a promise, but must be a function: pass the function that makes the promise/,
      );
    }
    for (const each of [loop, optimizer, model]) each.dispose();
  });

  test('an empty list', async () => {
    const w = newVariable([1], [1]);
    const loop = new Lookahead([w]);
    assert.throws(() => loop.setWeights([]), /'weights' is an empty array, but must be a list/);
    const optimizer = lookahead(tf.train.sgd(0.1));
    assert.match(await messageOf(() => optimizer.setWeights([])), /'weights' is an empty array, but must be a list/);
    loop.dispose();
    optimizer.dispose();
  });

  test("other packages' names of the settings", () => {
    const w = newVariable([1], [1]);
    const sgd = tf.train.sgd(0.1);
    for (const [theirs, ours] of Object.entries({ sync_period: 'k', slow_step_size: 'alpha' })) {
      const says = new RegExp(`unknown key '${theirs}'\\. It is called '${ours}' here\\.`);
      assert.throws(() => new Lookahead([w], { [theirs]: 0.5 }), says);
      assert.throws(() => lookahead(sgd, { [theirs]: 0.5 }), says);
    }
    sgd.dispose();
  });

  test('a slow weight that does not fit its variable', async () => {
    const [a, b] = [newVariable([1], [1]), newVariable([1], [1])];
    const loop = new Lookahead([a]);
    for (const [slowWeights, what] of [
      [[tf.zeros([2])], /'slowWeights\[0\]' is float32 of shape \[2\], but must be float32 of shape \[1\]/],
      [[undefined], /'slowWeights\[0\]' is undefined/],
      [[], /'slowWeights' is an empty array, but must be an array of one tensor for each of the 1 variables/],
    ]) {
      const message = await messageOf(() => loop.add([b], slowWeights));
      assert.match(message, what);
      assert.not.match(message, /getWeights/, 'which has nothing to do with it');
    }
    assert.equal(loop.variables, [a]);
    loop.dispose();
  });

  test('one inner optimizer in two Lookaheads', () => {
    const adam = tf.train.adam(0.1);
    const optimizer = lookahead(adam);
    const says = /lookahead: 'inner' belongs to another Lookahead already\. Make a new optimizer for each\./;
    assert.throws(() => lookahead(adam), says);
    assert.throws(() => new LookaheadOptimizer(optimizer.inner), says);
    const model = smallModel(optimizer);
    assert.throws(() => model.compile({ optimizer: lookahead(adam), loss: 'meanSquaredError' }), says);
    // A copy made from the config is right, and so is nesting.
    const copy = LookaheadOptimizer.fromConfig(LookaheadOptimizer, optimizer.getConfig());
    const outer = lookahead(optimizer);
    assert.throws(() => lookahead(optimizer), says);
    assert.throws(() => lookahead(adam, { k: 0 }), says);
    const refused = tf.train.sgd(0.1);
    assert.throws(() => lookahead(refused, { k: 0 }), /'k' is 0/);
    lookahead(refused).dispose(); // it has been taken by none
    for (const each of [model, copy, outer]) each.dispose();
  });

  test('minimize refuses what applyGradients does, and loses no gradients', async () => {
    const [saved, other, mine] = ['saved', 'other', 'mine'].map((name) => newVariable([1, 2], [2], name));
    const optimizer = lookahead(tf.train.adam(0.1));
    step(optimizer, saved, other);
    const list = await optimizer.getWeights();
    const resumed = lookahead(tf.train.adam(0.1));
    await resumed.setWeights(list);
    const before = await wholeState(resumed);
    const loss = () => tf.sum(tf.mul(other, mine));
    for (const minimize of [() => resumed.minimize(loss, false, [other, mine]), () => resumed.minimize(loss, true)]) {
      const message = await messageOf(minimize);
      assert.match(message, /LookaheadOptimizer\.applyGradients: 'mine' was not saved, and 'saved', which was, is not/);
      assert.equal(await wholeState(resumed), before);
    }
    list[0].tensor.dispose();
    optimizer.dispose();
    resumed.dispose();
  });

  test('a withSlowWeights whose promise nobody awaits, in a callback of fit', async () => {
    const { x, y } = smallData();
    const optimizer = lookahead(tf.train.adam(0.1), { k: 2 });
    const model = smallModel(optimizer);
    let finish;
    const validated = new Promise((resolve) => {
      finish = resolve;
    });
    let pending;
    const fit = (onBatchEnd) =>
      model.fit(x, y, { epochs: 1, batchSize: 2, verbose: 0, yieldEvery: 'never', callbacks: { onBatchEnd } });
    const message = await messageOf(() =>
      fit(() => {
        pending = optimizer.withSlowWeights(() => validated);
      }),
    );
    assert.match(message, /computeGradients: called inside withSlowWeights.*await that, or return it from a callback/);
    finish();
    await pending;
    await fit(() => optimizer.withSlowWeights(async () => valuesOf(model.getWeights())));
    assert.is(optimizer.iterations, 5, 'a step before the mistake, four without it');
    model.dispose();
    optimizer.dispose();
  });

  test('a result whose `then` throws when it is read: the fast weights come back', async () => {
    const w = newVariable([1], [1]);
    const optimizer = lookahead(tf.train.sgd(1), { k: 100 });
    step(optimizer, w);
    const loop = new Lookahead([w]);
    tf.tidy(() => w.assign(tf.tensor1d([-7])));
    for (const each of [optimizer, loop]) {
      const before = await wholeState(each);
      let reads = 0;
      for (const throwsAt of [1, 2, 3]) {
        const result = {
          // biome-ignore lint/suspicious/noThenProperty: what is tested
          get then() {
            if (++reads >= throwsAt) throw new Error('mine');
            return () => {};
          },
        };
        reads = 0;
        assert.is(await messageOf(() => each.withSlowWeights(() => result)), 'mine');
        assert.equal(await wholeState(each), before);
        assert.equal([...(await w.data())], [-7]);
      }
    }
    loop.dispose();
    optimizer.dispose();
  });

  test('inside the withSlowWeights of a Lookahead inside, all is refused by the one around it', async () => {
    const w = newVariable([1, 2], [2]);
    const optimizer = lookahead(lookahead(tf.train.adam(0.1), { k: 2 }), { k: 3 });
    step(optimizer, w);
    for (const call of [
      () => optimizer.flush(),
      () => optimizer.adopt(),
      () => optimizer.add([w]),
      () => step(optimizer, w),
      () => optimizer.withSlowWeights(() => 0),
      () => optimizer.dispose(),
    ]) {
      const before = await wholeState(optimizer);
      tf.engine().startScope();
      const message = await messageOf(() => optimizer.inner.withSlowWeights(call));
      tf.engine().endScope();
      assert.match(message, /^LookaheadOptimizer\.\w+: called inside withSlowWeights/);
      assert.equal(await wholeState(optimizer), before, `${call}`);
    }
    optimizer.dispose();
    assert.is(optimizer.inner.isDisposed, true);
  });

  test('whatever is refused leaves the whole state as it was', async () => {
    const [w, other] = [newVariable([1, 2], [2]), newVariable([3, 4], [2])];
    const int = tf.tidy(() => tf.variable(tf.scalar(1, 'int32')));
    const gone = tf.tidy(() => tf.variable(tf.scalar(1)));
    gone.dispose();
    const optimizer = lookahead(tf.train.adam(0.1), { k: 3 });
    step(optimizer, w);
    const loop = new Lookahead([w], { k: 3 });
    loop.sync();
    const fine = tf.ones([2]);
    const { name } = w;
    const [slow, state] = loop.getWeights();
    const refused = {
      optimizer: [
        () => optimizer.applyGradients({ [name]: fine, nobody: fine }),
        () => optimizer.applyGradients(),
        () => optimizer.applyGradients(null),
        () => optimizer.applyGradients([{ name, tensor: fine }, null]),
        () =>
          optimizer.applyGradients([
            { name, tensor: fine },
            { name: int.name, tensor: fine },
          ]),
        () => optimizer.add([other, int]),
        () => optimizer.add([other, gone]),
        () => optimizer.withSlowWeights(5),
        () => optimizer.withSlowWeights(() => optimizer.flush()),
        () => optimizer.withSlowWeights(async () => optimizer.setWeights([])),
        () => optimizer.withSlowWeights(() => optimizer.dispose()),
        () => {
          optimizer.k = 0.5;
        },
        () => {
          optimizer.alpha = 2;
        },
        () => {
          optimizer.learningRate = Number.NaN;
        },
      ],
      loop: [
        () => loop.add([other, w]),
        () => loop.add([other, gone]),
        () => loop.add([other], [tf.zeros([3])]),
        () => loop.setWeights([slow]),
        () => loop.setWeights([slow, { name: state.name, tensor: int }]),
        () => loop.setWeights([state, slow]),
        () => loop.withSlowWeights(() => loop.sync()),
        () => loop.withSlowWeights(() => loop.setWeights([slow, state])),
        () => loop.withSlowWeights(() => loop.dispose()),
      ],
    };
    for (const [kind, each] of Object.entries({ optimizer, loop })) {
      for (const [i, call] of refused[kind].entries()) {
        const before = await wholeState(each);
        tf.engine().startScope(); // for what the call itself makes
        const message = await messageOf(call);
        tf.engine().endScope();
        assert.match(message || 'not refused', /^Lookahead/, `${kind} ${i}`);
        assert.equal(await wholeState(each), before, `${kind} ${i}: ${message}`);
      }
    }
    for (const each of [int, loop, optimizer]) each.dispose();
  });

  test('a config without an inner optimizer, of an unknown class, or out of range leaves nothing', async () => {
    const config = {
      inner: { className: 'Adam', config: { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 } },
      k: 5,
      alpha: 0.5,
    };
    const of = (changes) => LookaheadOptimizer.fromConfig(LookaheadOptimizer, { ...config, ...changes });
    const { numTensors } = tf.memory();
    for (const className of ['constructor', '__proto__', 'toString', 'Mine']) {
      const says = new RegExp(`the class of the inner optimizer, '${className}', is unknown\\. Register it with`);
      for (const customObjects of [undefined, {}]) {
        assert.match(await messageOf(() => of({ inner: { className, config: {} }, customObjects })), says);
      }
    }
    for (const inner of [undefined, null, 5, {}, { config: {} }, { className: 7 }]) {
      assert.match(
        await messageOf(() => of({ inner })),
        /LookaheadOptimizer\.fromConfig: 'inner' is .*, but must be an object with className and config/,
      );
    }
    for (const cls of [LookaheadOptimizer, AdamW]) {
      for (const bad of [null, undefined, 5]) {
        const says =
          /^(LookaheadOptimizer|AdamW)\.fromConfig: 'config' is .*, but must be an object\. Pass what getConfig/;
        assert.match(await messageOf(() => cls.fromConfig(cls, bad)), says);
      }
    }
    for (const [changes, says] of [
      [{ k: 0 }, /'k' is 0/],
      [{ alpha: 2 }, /'alpha' is 2/],
      [{ pullbackMomentum: 'push' }, /'pullbackMomentum' is 'push'/],
      [{ sync_period: 5 }, /unknown key 'sync_period'/],
    ]) {
      assert.match(await messageOf(() => of(changes)), says);
    }
    assert.is(tf.memory().numTensors, numTensors, 'no inner optimizer is left over');
    const made = of({});
    assert.is(made.inner.getClassName(), 'Adam');
    made.dispose();
  });
});
