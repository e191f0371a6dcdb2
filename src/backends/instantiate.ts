import type { PassModules } from '../rules/rule.js';

/** A rule's pass over byte addresses; see {@link Rule}. */
export type Pass = (...addressesLengthAndScalars: number[]) => void;

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
 * A rule's pass on the given memory, shared or not. Synchronous, since tfjs kernels are; a module is small enough for
 * every engine to allow that on the main thread (under 4 KiB).
 *
 * @throws whatever the engine says where WebAssembly SIMD cannot be had. Nothing is asked beforehand: it may be missing,
 * and a page's security policy may forbid to compile what validates, so only the attempt tells.
 */
export function instantiatePass({ unshared, shared }: PassModules, memory: WebAssembly.Memory): Pass {
  // By its name, since a realm such as Jest's has another SharedArrayBuffer than the memory's.
  const module = compile(String(memory.buffer).includes('Shared') ? shared : unshared);
  const [pass] = Object.values(new WebAssembly.Instance(module, { env: { memory } }).exports);
  return pass as Pass;
}
