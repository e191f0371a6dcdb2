/** A WebGL context that is really lost in mid-training: the next merge and the next step say so, and count nothing. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { evaluateInPage } from '../hosts/browser/bare-page.js';

const test = suite('a lost WebGL context');

const lost = /the WebGL context was lost.*Start again on a new backend/;

test('the next merge and the next fused step say so', async () => {
  const { result } = await evaluateInPage(async () => {
    const tf = await import('@tensorflow/tfjs');
    const { Lookahead, fused, lookahead } = await import('tfjs-lookahead');
    await tf.setBackend('webgl');
    const newVariable = () => tf.variable(tf.ones([64, 64]));
    const [merged, stepped, wrapped] = [newVariable(), newVariable(), newVariable()];
    const loop = new Lookahead([merged], { k: 1 });
    const adam = fused(tf.train.adam());
    const optimizer = lookahead(tf.train.adam(), { k: 1 });
    const gradient = tf.ones([64, 64]);
    const attempts = {
      merge: () => loop.sync(),
      step: () => adam.applyGradients({ [stepped.name]: gradient }),
      'step in a Lookahead': () => optimizer.applyGradients({ [wrapped.name]: gradient }),
    };
    for (const attempt of Object.values(attempts)) {
      tf.tidy(() => merged.assign(tf.add(merged, 1)));
      attempt();
    }
    const { gl } = tf.backend().gpgpu;
    const isLost = new Promise((resolve) => gl.canvas.addEventListener('webglcontextlost', resolve));
    gl.getExtension('WEBGL_lose_context').loseContext();
    await isLost;
    const said = Object.entries(attempts).map(([name, attempt]) => {
      try {
        attempt();
      } catch ({ message }) {
        return [name, message];
      }
      return [name, 'nothing'];
    });
    return { said: Object.fromEntries(said), steps: [loop.step, adam.iterations, optimizer.iterations] };
  });
  const { merge, step, 'step in a Lookahead': wrapped } = result.said;
  assert.match(merge, lost);
  assert.match(merge, /^lerp: /);
  for (const message of [step, wrapped]) assert.match(message, lost);
  assert.match(step, /^adam: /);
  assert.equal(result.steps, [1, 1, 1]);
});

test.run();
