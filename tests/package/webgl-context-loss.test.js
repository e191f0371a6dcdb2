/** A WebGL context that is really lost between two merges: an error that says so, and no step counted. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { evaluateInPage } from '../hosts/browser/bare-page.js';

const test = suite('a lost WebGL context');

test('the next merge says so', async () => {
  const { result } = await evaluateInPage(async () => {
    const tf = await import('@tensorflow/tfjs');
    const { Lookahead } = await import('tfjs-lookahead');
    await tf.setBackend('webgl');
    const w = tf.variable(tf.ones([64, 64]));
    const lookahead = new Lookahead([w], { k: 1 });
    const step = () => {
      tf.tidy(() => w.assign(tf.add(w, 1)));
      lookahead.sync();
    };
    step();
    const { gl } = tf.backend().gpgpu;
    const lost = new Promise((resolve) => gl.canvas.addEventListener('webglcontextlost', resolve));
    gl.getExtension('WEBGL_lose_context').loseContext();
    await lost;
    let message = 'nothing';
    try {
      lookahead.sync();
    } catch (error) {
      ({ message } = error);
    }
    return { message, steps: lookahead.step };
  });
  assert.match(result.message, /^lerp: the WebGL context was lost.*Start again on a new backend/);
  assert.is(result.steps, 1);
});

test.run();
