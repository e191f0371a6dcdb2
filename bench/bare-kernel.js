import { instantiateSync } from '@assemblyscript/loader';
import { lerpRule } from '../build/lerp-rule.js';

/** The compiled pass of lerp alone, `(out, start, end, n, weight)` over byte addresses of the given memory. */
export function bareLerp(memory) {
  const { shared, unshared, rest } = lerpRule.modules;
  const isShared = String(memory.buffer).includes('Shared');
  const hexadecimal = (isShared ? shared : unshared) + rest;
  const bytes = Uint8Array.from(hexadecimal.match(/../g), (byte) => Number.parseInt(byte, 16));
  // The instance's own export: the loader's wrapper around it costs more than merging a small variable.
  return instantiateSync(bytes, { env: { memory } }).instance.exports.lerp;
}

/** The same as a loop in JavaScript. */
export const lerpLoop = (out, start, end, weight) => lerpRule.loop([out], [start, end], [weight]);
