/**
 * Mistakes around an outer optimizer: each message names the argument, its value and the remedy, and nothing changes.
 */
import { fused, Lookahead, LookaheadOptimizer, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { bothClasses, disposeWithOuter } from './support/outer-optimizers.js';
import { isExact } from './support/reference.js';
import { tf } from './support/tf.js';
import { messageOf, wholeState } from './support/whole-state.js';

onEachBackend('mistakes with an outer optimizer', (test, backend) => {
  if (!isExact(backend)) return; // nothing here depends on who computes

  /** Makes each kind with a config that is refused; then the optimizers are still free, and nothing is left over. */
  async function assertRefused(outer, config, says, only = ['Lookahead', 'lookahead()']) {
    const [w, inner] = [newVariable([1], [1]), tf.train.momentum(0.1, 0.9)];
    const constructors = {
      Lookahead: () => new Lookahead([w], { outer, ...config }),
      'lookahead()': () => lookahead(inner, { outer, ...config }),
    };
    for (const name of only) {
      const before = await everything();
      const message = await messageOf(constructors[name]);
      assert.match(message || 'not refused', says, name);
      assert.match(message, new RegExp(`^${name === 'Lookahead' ? 'Lookahead' : 'lookahead'}: `));
      assert.equal(await everything(), before, `${name}: nothing has changed`);
    }
    const free = lookahead(inner);
    disposeWithOuter(free);
  }

  const everything = () => wholeState({ variables: [], slowWeights: [] });

  for (const [what, value, says] of [
    ['null', null, /'outer' is null, but must be a tf\.Optimizer, such as tf\.train\.sgd\(0\.7\)\.$/],
    ['a name that is unknown', 'momentum', /'outer' is 'momentum', but must be a tf\.Optimizer/],
    ['a number', 0.5, /'outer' is 0\.5, but must be a tf\.Optimizer/],
    ['a class', tf.SGDOptimizer, /'outer' is a function, but must be a tf\.Optimizer/],
    ['an object', {}, /'outer' is an object, but must be a tf\.Optimizer/],
    ['a promise', Promise.resolve(), /'outer' is a promise, but must be a tf\.Optimizer/],
  ]) {
    test(`${what} instead of an optimizer`, () => assertRefused(value, {}, says));
  }

  test('alpha beside it, whatever alpha is', async () => {
    const outer = tf.train.sgd(1);
    for (const alpha of [0, 0.5, 1]) {
      await assertRefused(
        outer,
        { alpha },
        new RegExp(`'alpha' is ${alpha}, and there is an 'outer' optimizer.* Leave one out`),
      );
    }
    await assertRefused(outer, { alpha: 2 }, /'alpha' is 2, but must be a number in \[0, 1\]/);
    const w = newVariable([1], [1]);
    disposeWithOuter(new Lookahead([w], { outer, alpha: undefined }));
  });

  test('alpha assigned later', async () => {
    for (const make of Object.values(bothClasses)) {
      const { subject, step, dispose } = make([newVariable([0], [1])], { outer: tf.train.momentum(1, 0.5) });
      step([[1]]);
      const before = await wholeState(subject);
      assert.throws(() => {
        subject.alpha = 0.5;
      }, /'alpha' is 0\.5, and there is an 'outer' optimizer.* Leave one out; tf\.train\.sgd\(alpha\)/);
      assert.equal(await wholeState(subject), before);
      dispose();
    }
  });

  test('pullbackMomentum pullback, which interpolates with alpha', async () => {
    const outer = tf.train.sgd(1);
    const says =
      /'pullbackMomentum' is 'pullback', which interpolates with alpha, but an 'outer' .* Use 'reset' or 'none'/;
    await assertRefused(outer, { pullbackMomentum: 'pullback' }, says, ['lookahead()']);
    outer.dispose();
  });

  test('one that belongs to another Lookahead, as its inner or its outer optimizer', async () => {
    const says = /'outer' belongs to another Lookahead already\. Make a new optimizer for each\.$/;
    for (const make of Object.values(bothClasses)) {
      const outer = tf.train.sgd(1);
      const { subject, dispose } = make([newVariable([0], [1])], { outer });
      await assertRefused(outer, {}, says);
      if (subject.inner) await assertRefused(subject.inner, {}, says);
      const message = await messageOf(() => lookahead(outer));
      assert.match(message, /'inner' belongs to another Lookahead already/, 'nor can it be an inner one');
      dispose();
    }
  });

  test('the inner optimizer itself', async () => {
    const both = tf.train.sgd(1);
    const before = await everything();
    assert.match(
      await messageOf(() => lookahead(both, { outer: both })),
      /'outer' is the inner optimizer too\. Make one of its own/,
    );
    const [inside, inner] = [lookahead(tf.train.sgd(1)), tf.train.sgd(1)];
    assert.match(await messageOf(() => lookahead(inner, { outer: inside.inner })), /'outer' belongs to another/);
    inside.dispose();
    inner.dispose();
    lookahead(both).dispose(); // it is free still
    assert.equal((await everything()).variables, before.variables);
  });

  test('one that was disposed', async () => {
    for (const make of [
      () => tf.train.sgd(1),
      () => tf.train.momentum(1, 0.5),
      () => tf.train.adam(1),
      () => lookahead('adam'),
    ]) {
      const outer = make();
      outer.dispose();
      if (outer.getClassName() === 'Momentum') outer.c.dispose();
      await assertRefused(
        outer,
        {},
        /'outer' was disposed, or its variables, as by tf\.disposeVariables\(\)\. Make a new optimizer, and a new Lookahead if it is in one\.$/,
      );
    }
  });

  test('one that is disposed from outside: the merge says so, and merges nothing', async () => {
    for (const [name, make] of Object.entries(bothClasses)) {
      const w = newVariable([0], [1]);
      const { subject, step } = make([w], { k: 2, outer: tf.train.adam(1) });
      for (let i = 0; i < 3; ++i) step([[1]]);
      subject.outer.dispose();
      const slow = subject.slowWeights[0].dataSync().slice();
      const before = await wholeState(subject);
      const says =
        /: 'outer' was disposed, or its variables, as by tf\.disposeVariables\(\)\. Make a new optimizer, and a new Lookahead/;
      assert.match(await messageOf(() => subject.flush()), says, name);
      assert.equal(await wholeState(subject), before, name);
      assert.match(await messageOf(() => step([[1]])), says, name);
      assert.equal(subject.slowWeights[0].dataSync(), slow);
      assert.is(subject.stepsInCycle, 1);
      subject.dispose();
    }
  });

  test('a config that is refused leaves nothing of the optimizers that were made of it', async () => {
    const adam = tf.train.adam(0.1);
    const savedAdam = { className: 'Adam', config: adam.getConfig() };
    adam.dispose();
    const config = { inner: savedAdam, outer: savedAdam, k: 0 };
    const before = await everything();
    const fromConfig = (more) => () => LookaheadOptimizer.fromConfig(LookaheadOptimizer, { ...config, ...more });
    assert.match(await messageOf(fromConfig({})), /'k' is 0, but must be an integer of at least 1, or Infinity/);
    assert.match(
      await messageOf(fromConfig({ k: 5, outer: null })),
      /'outer' is null, but must be an object with className/,
    );
    const unknown = { className: 'Mine', config: {} };
    assert.match(
      await messageOf(fromConfig({ k: 5, outer: unknown })),
      /the outer optimizer, 'Mine', is unknown\. Register/,
    );
    assert.match(
      await messageOf(fromConfig({ k: 5, alpha: 0.5 })),
      /'alpha' is 0\.5, and there is an 'outer' optimizer/,
    );
    assert.equal(await everything(), before);
  });

  test('a fused one is as good as any', () => {
    const outer = fused(tf.train.sgd(1));
    const optimizer = lookahead(tf.train.sgd(1), { outer });
    assert.is(optimizer.outer, outer);
    disposeWithOuter(optimizer);
  });
});
