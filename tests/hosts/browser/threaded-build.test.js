/** This browser runs the build of the wasm backend that it is there to test: the threaded one, or the plain SIMD one. */
import * as assert from 'uvu/assert';
import { onEachBackend } from '../../support/backends.js';
import { tf } from '../../support/tf.js';

const { threads = false } = globalThis.TEST_HOST;

onEachBackend(
  `${threads ? 'threaded' : 'plain'} build`,
  (test) => {
    test('is the one that is loaded', () => {
      assert.is(globalThis.crossOriginIsolated, threads);
      const { buffer } = tf.backend().wasm.HEAPU8;
      assert.is(
        Object.prototype.toString.call(buffer),
        threads ? '[object SharedArrayBuffer]' : '[object ArrayBuffer]',
      );
    });
  },
  ['wasm'],
);
