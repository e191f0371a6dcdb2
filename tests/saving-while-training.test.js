/**
 * `getWeights()` of an optimizer is asynchronous: what happens between the call and its promise, and who may call it
 * when.
 */
import { lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { assertSameWeights, isExact } from './support/reference.js';
import { assignValues, smallData, smallModel, trainStep, valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';
import { messageOf, wholeState } from './support/whole-state.js';

onEachBackend('saving while training', (test, backend) => {
  const make = () => lookahead(tf.train.adam(0.1), { k: 2, alpha: 0.5, pullbackMomentum: 'pullback' });
  const makeVariables = () => [newVariable([1, 2], [2], 'a'), newVariable([3], [1], 'b')];
  const step = (optimizer, variables) =>
    tf.tidy(() => optimizer.applyGradients(variables.map((w) => ({ name: w.name, tensor: tf.mul(w, 0.5) }))));
  const run = async (optimizer, variables) => {
    for (let i = 0; i < 3; ++i) step(optimizer, variables);
    return valuesOf(variables);
  };

  for (const [what, meanwhile] of Object.entries({
    'a step': step,
    'two steps, so a merge': (optimizer, variables) => {
      step(optimizer, variables);
      step(optimizer, variables);
    },
    'a merge by hand': (optimizer) => optimizer.flush(),
    'a step of a variable that is new': (optimizer, variables) => {
      variables.push(newVariable([5], [1], 'c'));
      step(optimizer, variables);
    },
    'a variable that goes': (optimizer, variables) => {
      variables.pop().dispose();
      step(optimizer, variables);
    },
    'a list that is restored': (optimizer, _variables, list) => optimizer.setWeights(list),
  })) {
    test(`${what} between the call and its promise: the list is of one moment`, async () => {
      const variables = makeVariables();
      const optimizer = make();
      for (let i = 0; i < 2; ++i) step(optimizer, variables);
      const slots = Object.values(optimizer.inner).flatMap((value) => (Array.isArray(value) ? value : []));
      const other = make();
      step(other, variables);
      const othersList = await other.getWeights();

      const promise = optimizer.getWeights();
      promise.catch(() => {}); // it may be refused before somebody waits
      await meanwhile(optimizer, variables, othersList);
      let list;
      const message = await messageOf(async () => {
        list = await promise;
      });
      if (what.startsWith('a list')) assert.match(message, /setWeights\(\) has not finished/);
      else assert.is(message, '');
      list ??= await optimizer.getWeights();
      const values = await valuesOf(variables);
      const saved = [];
      for (const { name, tensor } of list) {
        saved.push({ name, tensor: tf.tensor((await tensor.data()).slice(), tensor.shape, tensor.dtype) });
      }
      assert.equal([...(await saved[0].tensor.data())], [optimizer.iterations], 'the iterations, too');
      tf.dispose([list[0], othersList[0]]);
      const expected = await run(optimizer, variables);
      assignValues(variables, values);
      const resumed = make();
      await resumed.setWeights(saved);
      assertSameWeights(await run(resumed, variables), expected, what);
      tf.dispose(saved);
      for (const each of [optimizer, resumed, other]) each.dispose();
      for (const { variable } of slots) variable.dispose(); // what a setWeights() of tfjs replaces, it leaks
    });
  }

  if (!isExact(backend)) return; // nothing that follows depends on who computes

  test('a step in between leaves no tensor', async () => {
    const variables = makeVariables();
    const optimizer = make();
    step(optimizer, variables);
    (await optimizer.getWeights())[0].tensor.dispose();
    const { numTensors } = tf.memory();
    for (let i = 0; i < 3; ++i) {
      const promise = optimizer.getWeights();
      step(optimizer, variables);
      (await promise)[0].tensor.dispose(); // the scalar of tfjs
    }
    assert.is(tf.memory().numTensors, numTensors);
    optimizer.dispose();
  });

  test('a dispose() in between: the promise says so, and leaves no tensor', async () => {
    const variables = makeVariables();
    const { numTensors } = tf.memory();
    for (const wrap of [(optimizer) => optimizer, lookahead]) {
      const optimizer = wrap(make());
      step(optimizer, variables);
      const promise = optimizer.getWeights();
      optimizer.dispose();
      assert.match(await messageOf(() => promise), /LookaheadOptimizer\.getWeights: this optimizer was disposed/);
      assert.is(tf.memory().numTensors, numTensors);
    }
  });

  test('an optimizer of the user’s own keeps the tensors that it lists', async () => {
    class Own extends tf.SGDOptimizer {
      state = tf.keep(tf.scalar(7));
      async getWeights() {
        return [await this.saveIterations(), { name: 'state', tensor: this.state }];
      }
    }
    const variables = makeVariables();
    const optimizer = lookahead(new Own(0.1));
    step(optimizer, variables);
    const promise = optimizer.getWeights();
    step(optimizer, variables);
    const [iterations, { tensor }] = await promise;
    assert.not(tensor.isDisposed);
    iterations.tensor.dispose();
    tensor.dispose();
    optimizer.dispose();
  });

  test('model.save with the optimizer inside withSlowWeights says what to do, and changes nothing', async () => {
    const optimizer = make();
    const model = smallModel(optimizer);
    for (let i = 0; i < 3; ++i) trainStep(model, smallData());
    const handler = tf.io.withSaveHandler(async (artifacts) => {
      saves.push(artifacts);
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    });
    const saves = [];
    const before = await wholeState(optimizer);
    const message = await messageOf(() =>
      optimizer.withSlowWeights(() => model.save(handler, { includeOptimizer: true })),
    );
    assert.match(
      message,
      /^LookaheadOptimizer\.getWeights: called inside .*Save .* outside of it, or .* without includeOptimizer\.$/,
    );
    assert.equal(saves, []);
    assert.equal(await wholeState(optimizer), before);
    await optimizer.withSlowWeights(() => model.save(handler));
    assert.is(saves.length, 1, 'the model alone is saved with its slow weights');
    assert.equal(await wholeState(optimizer), before);
    model.dispose();
    optimizer.dispose();
  });
});
