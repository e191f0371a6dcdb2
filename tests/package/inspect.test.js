/** Optimizers as Node prints them. */
import { inspect } from 'node:util';
import { adamW, lookahead } from 'tfjs-lookahead';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { tf } from '../support/tf.js';

const test = suite('inspect');
test.before(() => tf.setBackend('cpu'));

const shown = (optimizer) => inspect(optimizer, { breakLength: Number.POSITIVE_INFINITY });

test('the settings, and what is inside', () => {
  assert.is(
    shown(lookahead(tf.train.adam(0.01), { k: 7 })),
    "Lookahead { inner: 'Adam, learningRate 0.01', k: 7, alpha: 0.5, restart: true, iterations: 0, stepsInCycle: 0 }",
  );
});

test('an outer optimizer, clipping, and a Lookahead inside', () => {
  const inside = lookahead(adamW(0.02), { globalClipNorm: 3 });
  const text = shown(lookahead(inside, { outer: tf.train.sgd(0.5) }));
  assert.ok(text.includes("outer: 'SGD, learningRate 0.5'"), text);
  assert.ok(text.includes("inner: Lookahead { inner: 'AdamW, learningRate 0.02'"), text);
  assert.ok(text.includes('globalClipNorm: 3'), text);
});

test.run();
