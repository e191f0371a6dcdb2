/** A real page whose Content-Security-Policy forbids to compile WebAssembly: right results, and no error anywhere. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { evaluateInPage } from '../hosts/browser/bare-page.js';

const test = suite('Content-Security-Policy');

/** Evaluated in the page. */
async function train() {
  const tf = await import('@tensorflow/tfjs');
  const { Lookahead, lerpPath } = await import('tfjs-lookahead');
  const run = async (backend) => {
    await tf.setBackend(backend);
    const w = tf.variable(tf.tensor1d([0, 8]));
    const lookahead = new Lookahead([w], { k: 1, alpha: 0.25 });
    tf.tidy(() => w.assign(tf.add(w, 4)));
    lookahead.sync();
    return { path: lerpPath(), merged: [...(await w.data())] };
  };
  return { cpu: await run('cpu'), webgl: await run('webgl') };
}

// 0 + 0.25 * 4 and 8 + 0.25 * 4
const merged = [1, 9];
const scripts = "script-src 'self' 'unsafe-inline' data:";
const trainUnder = (policy) => evaluateInPage(train, { 'Content-Security-Policy': policy });

test('that forbids it: the loop', async () => {
  const { result, said } = await trainUnder(scripts);
  assert.equal(result, { cpu: { path: 'js-loop', merged }, webgl: { path: 'webgl', merged } });
  assert.equal(said, []);
});

test("that allows it, with 'wasm-unsafe-eval': the SIMD kernel", async () => {
  const { result, said } = await trainUnder(`${scripts} 'wasm-unsafe-eval'`);
  assert.equal(result, { cpu: { path: 'wasm-simd', merged }, webgl: { path: 'webgl', merged } });
  assert.equal(said, []);
});

test.run();
