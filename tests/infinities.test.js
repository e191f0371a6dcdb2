/** Weights that are, or become, infinite: a merge does with them what the ops of tfjs do. */
import { Lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { bufferSharing, withBuffers } from './support/buffer-sharing.js';
import { assertSameBits, isExact } from './support/reference.js';
import { tf } from './support/tf.js';

onEachBackend('infinities', (test, backend) => {
  if (!isExact(backend)) return; // a GPU may do otherwise, with the ops of tfjs, too

  for (const sharing of bufferSharing) {
    test(`equal infinities become NaN, and a finite pair can overflow, as in tfjs, buffers ${sharing}`, async () => {
      const { POSITIVE_INFINITY: infinity, NaN: nan } = Number;
      const [slow, fast, merged] = [
        [infinity, -infinity, infinity, 1, -infinity, 3e38, -3e38],
        [infinity, -infinity, -infinity, infinity, 1, -3e38, 3e38],
        [nan, nan, -infinity + infinity, infinity, nan, -infinity, infinity],
      ];
      const w = newVariable(slow, [7]);
      const loop = withBuffers(sharing, new Lookahead([w], { k: 1, alpha: 0.5 }));
      tf.tidy(() => w.assign(tf.tensor1d(fast)));
      const ops = tf.tidy(() => tf.add(slow, tf.mul(tf.sub(fast, slow), 0.5)));
      loop.sync();
      assertSameBits(await w.data(), await ops.data(), 'as the ops');
      assertSameBits(await w.data(), Float32Array.from(merged), 'by hand');
      loop.alpha = 1;
      tf.tidy(() => w.assign(tf.tensor1d(fast)));
      loop.sync();
      assert.equal([...(await w.data())], [...Float32Array.from(fast)], 'alpha = 1 computes nothing');
      loop.dispose();
    });
  }
});
