/** `lookahead('adam')`: the names that `model.compile` takes, with the rates that they have there. */
import { fused, lookahead, stepPath } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { onEachBackend } from './support/backends.js';
import { testWith } from './support/inner-optimizers.js';
import { assertSameWeights, isExact } from './support/reference.js';
import { smallData, smallModel, valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';

const names = ['sgd', 'rmsprop', 'adam', 'adamax', 'adagrad', 'adadelta'];

onEachBackend('names of optimizers', (test, backend) => {
  // On a GPU the epsilon may differ: tfjs-layers keeps that of the backend that was first asked for it.
  for (const name of isExact(backend) ? names : []) {
    testWith(
      name === 'adagrad' ? 'Adagrad' : name,
      backend,
      test,
    )(`${name}: fit equals the model that is compiled with the name alone`, async () => {
      const { x, y } = smallData();
      const results = [];
      for (const optimizer of [name, lookahead(name, { k: 2, alpha: 1 })]) {
        const model = smallModel(optimizer);
        await model.fit(x, y, { epochs: 5, batchSize: 3, shuffle: false, verbose: 0, yieldEvery: 'never' });
        results.push(await valuesOf(model.getWeights()));
        model.dispose(); // and the optimizer, where the model has made it
        if (optimizer !== name) optimizer.dispose();
      }
      assertSameWeights(results[1], results[0], name);
    });
  }

  test('as model.compile writes them, too', () => {
    for (const name of ['SGD', 'RMSProp', 'Adam', 'Adamax', 'Adagrad', 'Adadelta']) {
      const optimizer = lookahead(name);
      assert.is(optimizer.inner.getClassName(), name);
      optimizer.dispose();
    }
  });

  test("of an outer optimizer, and of a fused one; the package's own", () => {
    const optimizer = lookahead('NAdam', { outer: 'sgd' });
    assert.is(optimizer.inner.getClassName(), 'NAdam');
    assert.is(optimizer.outer.getClassName(), 'SGD');
    assert.is(optimizer.outer.learningRate, 0.01);
    optimizer.dispose();
    const adam = fused('adam');
    assert.is(adam.getClassName(), 'Adam');
    assert.is(stepPath(adam), stepPath(fused(adam)));
    adam.dispose();
  });

  test('a name that is unknown, and a config that is refused, make nothing', () => {
    const { numTensors } = tf.memory();
    const all = [...names, 'adamw', 'lion', 'nadam', 'radam'].join(', ');
    for (const name of ['adamx', '', 'constructor', '__proto__']) {
      const must = `is '${name}', but must be a tf.Optimizer, or one of the names ${all}. A bundle`;
      for (const [wrong, argument] of [
        [() => lookahead(name), "lookahead: 'inner' "],
        [() => lookahead('adam', { outer: name }), "lookahead: 'outer' "],
        [() => fused(name), "fused: 'optimizer' "],
      ]) {
        assert.throws(wrong, (error) => error.message.startsWith(argument + must));
      }
    }
    assert.throws(() => lookahead('adamw', { outer: 'adamw', alpha: 1 }), /only one can step the slow weights/);
    assert.throws(() => lookahead('adam', { k: 0 }), /'k' is 0/);
    assert.throws(() => lookahead('sgd', { pullbackMomentum: 'reset' }), /has no momentum/);
    assert.is(tf.memory().numTensors, numTensors);
  });
});
