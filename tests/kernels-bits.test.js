/**
 * Every kernel that is replaced gives what tfjs's own gives: shape, dtype, each bit. `package/kernels-bits.test.js` does the
 * same with thousands of calls.
 */
import { onEachBackend } from './support/backends.js';
import { assertSameCalls, ops } from './support/kernel-calls.js';

onEachBackend(
  'training kernels, bit for bit',
  (test) => {
    for (const name of Object.keys(ops)) test(`${name}: as tfjs's own`, () => assertSameCalls(name, 40));
  },
  ['wasm'],
);
