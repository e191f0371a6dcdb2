import { lerpPath } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { tf } from './tf.js';

/** Where nothing else refers to a slow weight's buffer, a merge overwrites it; otherwise the slow weight gets a new one. */
export const bufferSharing = ['unshared', 'shared'];

/**
 * Makes the buffers of `lookahead` shared, or leaves them unshared, at each of its merges, and checks which were
 * overwritten. (A clone would not share: on wasm it is a copy.)
 */
export function withBuffers(sharing, lookahead) {
  for (const method of ['sync', 'flush']) {
    const original = lookahead[method].bind(lookahead);
    lookahead[method] = () => {
      const buffers = lookahead.slowWeights.map(({ dataId }) => dataId);
      const others = sharing === 'shared' ? lookahead.slowWeights.map((slow) => tf.reshape(slow, slow.shape)) : [];
      try {
        const merged = original() ?? true;
        const alpha = Math.fround(lookahead.alpha);
        const overwrites = sharing === 'unshared' && ['wasm-simd', 'js-loop'].includes(lerpPath());
        lookahead.slowWeights.forEach(({ dataId }, i) => {
          assert.is(
            dataId === buffers[i],
            !merged || alpha === 0 || (alpha !== 1 && overwrites),
            `buffers ${sharing}: slow weight ${i}`,
          );
        });
        return merged;
      } finally {
        tf.dispose(others);
      }
    };
  }
  return lookahead;
}
