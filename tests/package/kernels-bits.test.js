/** The calls of `kernels-bits.test.js`, by the thousand, in one host. */
import { onEachBackend } from '../support/backends.js';
import { assertSameCalls, ops } from '../support/kernel-calls.js';

onEachBackend(
  'training kernels, bit for bit in thousands of calls',
  (test) => {
    for (const name of Object.keys(ops)) test(`${name}: as tfjs's own`, () => assertSameCalls(name, 400));
  },
  ['wasm'],
);
