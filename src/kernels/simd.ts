import { instantiateSync } from '@assemblyscript/loader';
import lerpWasm from '../../build/lerp.wasm';

/** `out = start + weight * (end - start)` on `n` float32 each, at byte addresses: `assembly/lerp.ts`. */
export type SimdLerp = (out: number, start: number, end: number, n: number, weight: number) => void;

let compiled: WebAssembly.Module | undefined;

/**
 * The SIMD kernel on the given memory. Synchronous, since tfjs kernels are; the module is small enough for every engine
 * to allow that on the main thread (under 4 KiB).
 *
 * @throws whatever the engine says where the kernel cannot be had. Nothing is asked beforehand: WebAssembly or SIMD may
 * be missing, and a page's security policy may forbid to compile what validates, so only the attempt tells.
 */
export function simdLerp(memory: WebAssembly.Memory): SimdLerp {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(lerpWasm), (char) => char.charCodeAt(0)));
  // The instance's own export: the loader's wrapper around it would cost more than merging a small variable.
  return instantiateSync(compiled, { env: { memory } }).instance.exports.lerp as SimdLerp;
}
