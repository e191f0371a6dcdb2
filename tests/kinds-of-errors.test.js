/** A wrong type is a TypeError, a value out of range a RangeError. Each message begins with the called function. */
import { adamW, fused, Lookahead, lerp, lookahead, stepPath } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { tf } from './support/tf.js';

function errorOf(run) {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error(`${run} does not throw`);
}

/** True in V8; in Firefox and WebKit a stack has only the calls. */
const hasMessageInStack = new Error('a message').stack.includes('a message');

onEachBackend('kinds of errors', (test) => {
  const newLoop = (config) => new Lookahead([newVariable([1], [1])], config);
  const table = {
    'k: 0': [() => newLoop({ k: 0 }), RangeError, 'Lookahead'],
    'k: 2.5': [() => newLoop({ k: 2.5 }), RangeError, 'Lookahead'],
    "k: '5'": [() => newLoop({ k: '5' }), TypeError, 'Lookahead'],
    'alpha: NaN': [() => newLoop({ alpha: Number.NaN }), RangeError, 'Lookahead'],
    'alpha: null': [() => newLoop({ alpha: null }), TypeError, 'Lookahead'],
    'restart: 1': [() => newLoop({ restart: 1 }), TypeError, 'Lookahead'],
    "outer: 'sgd'": [() => newLoop({ outer: 'sgd' }), TypeError, 'Lookahead'],
    'a config of null': [() => newLoop(null), TypeError, 'Lookahead'],
    'no array': [() => new Lookahead('weights'), TypeError, 'Lookahead'],
    'no variable': [() => new Lookahead([1]), TypeError, 'Lookahead'],
    'k of an optimizer': [() => lookahead('sgd', { k: -1 }), RangeError, 'lookahead'],
    'a choice': [() => lookahead('adam', { pullbackMomentum: 'reste' }), RangeError, 'lookahead'],
    'no choice': [() => lookahead('adam', { nonFinite: true }), TypeError, 'lookahead'],
    'an unknown name': [() => lookahead('adm'), RangeError, 'lookahead'],
    'no optimizer': [() => lookahead({}), TypeError, 'lookahead'],
    'a norm of 0': [() => lookahead('sgd', { clipNorm: 0 }), RangeError, 'lookahead'],
    'a norm that is text': [() => lookahead('sgd', { globalClipNorm: '1' }), TypeError, 'lookahead'],
    'a rate of NaN': [() => adamW(Number.NaN), RangeError, 'AdamW'],
    'a beta of 1': [() => adamW(1e-3, { beta1: 1 }), RangeError, 'AdamW'],
    'a decay that is text': [() => adamW(1e-3, { weightDecay: '0.1' }), TypeError, 'AdamW'],
    'no list of names': [() => adamW(1e-3, { exclude: 'bias' }), TypeError, 'AdamW'],
    'a name of nothing': [() => adamW(1e-3, { exclude: ['_'] }), RangeError, 'AdamW'],
    'a limit of our own': [() => adamW(1e-3, { clipValue: -1 }), RangeError, 'AdamW'],
    'a key of another package, in another table': [() => adamW(1e-3, { sync_period: 5 }), Error, 'AdamW'],
    'fused of none': [() => fused(1), TypeError, 'fused'],
    'stepPath of none': [() => stepPath(null), TypeError, 'stepPath'],
    'lerp of an array': [() => lerp([1], [2], 0.5), TypeError, 'lerp'],
    'lerp of other shapes': [() => lerp(tf.zeros([1]), tf.zeros([2]), 0.5), RangeError, 'lerp'],
    'a weight of NaN': [() => lerp(tf.zeros([1]), tf.zeros([1]), Number.NaN), RangeError, 'lerp'],
    'a weight that is text': [() => lerp(tf.zeros([1]), tf.zeros([1]), '0.5'), TypeError, 'lerp'],
  };
  for (const [name, [run, Kind, where]] of Object.entries(table)) {
    test(name, () => {
      const error = tf.tidy(() => errorOf(run));
      assert.is(error.constructor, Kind, error.message);
      assert.ok(error.message.startsWith(`${where}: '`), error.message);
      if (hasMessageInStack) assert.match(error.stack, error.message, 'the stack is that of the message');
    });
  }

  test('a setter, a method, and one that is called within another', () => {
    const loop = newLoop();
    const inside = () => loop.withSlowWeights(() => loop.sync());
    for (const [run, where] of [
      [() => (loop.k = 0), 'Lookahead'],
      [() => loop.add(1), 'Lookahead.add'],
      [inside, 'Lookahead.sync'],
    ]) {
      const { message } = errorOf(run);
      assert.ok(message.startsWith(`${where}: `), message);
      assert.is(message.match(/Lookahead(\.\w+)?: /g).length, 1, `named once: ${message}`);
    }
    loop.dispose();
  });

  test('an error of somebody else is as it was', () => {
    const loop = newLoop();
    const theirs = new RangeError('theirs');
    const thrown = errorOf(() =>
      loop.withSlowWeights(() => {
        throw theirs;
      }),
    );
    assert.is(thrown, theirs);
    assert.is(thrown.message, 'theirs');
    loop.dispose();
  });
});
