import type { PassModules } from '../rules/rule.js';

/** A rule's pass, called with a list of its arguments: byte addresses, the length, the scalars. See {@link Rule}. */
export type Pass = (args: readonly number[]) => number | undefined;

/** As many arguments as a pass can have. */
const MOST = 17;

/** A list to fill with arguments, and use for many calls. */
export const newArguments = (): number[] => new Array(MOST).fill(0);

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
 * @throws whatever the engine says where WebAssembly SIMD cannot be had. Nothing is asked beforehand: it may be
 * missing, and a page's security policy may forbid compiling what validates, so only the attempt tells.
 */
export function instantiatePass({ unshared, shared }: PassModules, memory: WebAssembly.Memory): Pass {
  // By its name, since a realm such as Jest's has another SharedArrayBuffer than the memory's.
  const module = compile(String(memory.buffer).includes('Shared') ? shared : unshared);
  const [pass] = Object.values(new WebAssembly.Instance(module, { env: { memory } }).exports) as Export[];
  // Written out, since to spread a list costs as much as to merge 500 floats (measured). What is too much is ignored.
  return (a) =>
    pass?.(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11], a[12], a[13], a[14], a[15], a[16]);
}

type Export = (...args: (number | undefined)[]) => number | undefined;
