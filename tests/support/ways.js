import { lerpPath } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { tf } from './tf.js';

/** How a merge can go: it overwrites a slow weight whose buffer nothing else holds, or gives it a new one. */
export const ways = ['alone', 'shared'];

/** Makes every merge of `lookahead` go that way, and sees to it that it did. (A clone would not do: on wasm it is a copy.) */
export function force(way, lookahead) {
  for (const method of ['sync', 'flush']) {
    const original = lookahead[method].bind(lookahead);
    lookahead[method] = () => {
      const buffers = lookahead.slowWeights.map(({ dataId }) => dataId);
      const sharing = way === 'shared' ? lookahead.slowWeights.map((slow) => tf.reshape(slow, slow.shape)) : [];
      try {
        const merged = original() ?? true;
        const alpha = Math.fround(lookahead.alpha);
        const overwrites = way === 'alone' && ['wasm-simd', 'js-loop'].includes(lerpPath());
        lookahead.slowWeights.forEach(({ dataId }, i) => {
          assert.is(
            dataId === buffers[i],
            !merged || alpha === 0 || (alpha !== 1 && overwrites),
            `${way}: slow weight ${i}`,
          );
        });
        return merged;
      } finally {
        tf.dispose(sharing);
      }
    };
  }
  return lookahead;
}
