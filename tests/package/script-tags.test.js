/** The bundle for script tags where there is no `tf`, not yet, or under another name. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

tf.env().set('PROD', true); // spares the test's output a recommendation

const bundle = readFileSync(new URL('../../dist/tfjs-lookahead.umd.min.js', import.meta.url), 'utf8');

const test = suite('script tags');

/** Runs the bundle as the script tag of a page does, where there are no modules, and its global object is this one. */
const runIn = (page) =>
  new Function('globalThis', 'self', 'exports', 'module', 'define', bundle).call(page, page, page);

async function train({ tf, tfLookahead }) {
  await tf.setBackend('cpu');
  const w = tf.variable(tf.scalar(0));
  const optimizer = tfLookahead.lookahead(tf.train.sgd(1), { k: 2, alpha: 0.5 });
  for (let step = 0; step < 2; ++step) optimizer.minimize(() => tf.mul(w, -4));
  return w.dataSync()[0];
}

const says =
  /load TensorFlow\.js first, with a script tag before this one\. Where a library brings .*globalThis\.tf = ml5\.tf$/;

test('without TensorFlow.js, or before it; then in the right order', async () => {
  const page = {};
  assert.throws(() => runIn(page), says);
  page.tf = tf;
  runIn(page);
  assert.is(await train(page), 4);
});

test('beside a library that brings a TensorFlow.js of its own, as ml5 does', async () => {
  const page = { ml5: { tf } };
  assert.throws(() => runIn(page), says);
  page.tf = page.ml5.tf;
  runIn(page);
  assert.is(await train(page), 4);
});

test('beside a `tf` that is something else', () => {
  assert.throws(() => runIn({ tf: {} }), says);
});

test.run();
