import { instantiateSync } from '@assemblyscript/loader';
import lerpThreadsWasm from '../../build/lerp.threads.wasm';
import lerpWasm from '../../build/lerp.wasm';

/** `out = start + weight * (end - start)` on `n` float32 each, at byte addresses: `assembly/lerp.ts`. */
export type SimdLerp = (out: number, start: number, end: number, n: number, weight: number) => void;

/** A module must be compiled for the kind of memory that it imports: tfjs's threaded build has a shared one. */
const compiled = new Map<string, WebAssembly.Module>();

function compile(base64: string): WebAssembly.Module {
  let module = compiled.get(base64);
  if (!module) {
    module = new WebAssembly.Module(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
    compiled.set(base64, module);
  }
  return module;
}

/**
 * The SIMD kernel on the given memory, shared or not. Synchronous, since tfjs kernels are; the module is small enough for
 * every engine to allow that on the main thread (under 4 KiB).
 *
 * @throws whatever the engine says where the kernel cannot be had. Nothing is asked beforehand: WebAssembly or SIMD may
 * be missing, and a page's security policy may forbid to compile what validates, so only the attempt tells.
 */
export function simdLerp(memory: WebAssembly.Memory): SimdLerp {
  const module = compile(String(memory.buffer).includes('Shared') ? lerpThreadsWasm : lerpWasm);
  // The instance's own export: the loader's wrapper around it would cost more than merging a small variable.
  return instantiateSync(module, { env: { memory } }).instance.exports.lerp as SimdLerp;
}
