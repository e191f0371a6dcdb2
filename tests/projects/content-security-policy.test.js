/**
 * A real page whose Content-Security-Policy forbids compiling WebAssembly: merges and steps are right, without any
 * error.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { evaluateInPage } from '../hosts/browser/bare-page.js';

const test = suite('Content-Security-Policy');

/** Evaluated in the page. */
async function train() {
  const tf = await import('@tensorflow/tfjs');
  const { fused, Lookahead, lerpPath, stepPath } = await import('tfjs-lookahead');
  const stepTwice = async (optimizer) => {
    const w = tf.variable(tf.tensor1d([0, 8]));
    for (let i = 0; i < 2; ++i) tf.tidy(() => optimizer.applyGradients({ [w.name]: tf.tensor1d([1, -0.3]) }));
    return [...(await w.data())];
  };
  const run = async (backend) => {
    await tf.setBackend(backend);
    const adam = fused(tf.train.adam(0.1));
    const stepped = await stepTwice(adam);
    const plain = await stepTwice(tf.train.adam(0.1));
    const w = tf.variable(tf.tensor1d([0, 8]));
    const lookahead = new Lookahead([w], { k: 1, alpha: 0.25 });
    tf.tidy(() => w.assign(tf.add(w, 4)));
    lookahead.sync();
    const error = Math.max(...stepped.map((value, i) => Math.abs(value - plain[i])));
    return { path: lerpPath(), stepPath: stepPath(adam), merged: [...(await w.data())], error };
  };
  return { cpu: await run('cpu'), webgl: await run('webgl') };
}

// 0 + 0.25 * 4 and 8 + 0.25 * 4
const merged = [1, 9];
// On this GPU, which is software, tfjs's own ops give the same bits.
const webgl = { path: 'webgl', stepPath: 'webgl', merged, error: 0 };
const scripts = "script-src 'self' 'unsafe-inline' data:";
const trainUnder = (policy) => evaluateInPage(train, { 'Content-Security-Policy': policy });

test('that forbids it: the loop', async () => {
  const { result, said } = await trainUnder(scripts);
  assert.equal(result, {
    cpu: { path: 'js-loop', stepPath: 'ops', merged, error: 0 },
    webgl,
  });
  assert.equal(said, []);
});

test("that allows it, with 'wasm-unsafe-eval': the SIMD kernel", async () => {
  const { result, said } = await trainUnder(`${scripts} 'wasm-unsafe-eval'`);
  assert.equal(result, {
    cpu: { path: 'wasm-simd', stepPath: 'wasm-simd', merged, error: 0 },
    webgl,
  });
  assert.equal(said, []);
});

test.run();
