import type { PassModules, Rule } from '../rules/rule.js';

/** The pass of a rule; see {@link Rule}. */
export interface Pass {
  /** Where it gets its byte addresses from: the out of each state, each state, the input. Filled anew before a run. */
  readonly addresses: number[];
  run(n: number, scalars: readonly number[]): number | undefined;
}

/** As many arguments as a pass can have; tools/write-pass.js reads it. */
export const MOST = 20;

const compiled = new Map<string, WebAssembly.Module>();

function compile(hexadecimal: string): WebAssembly.Module {
  let module = compiled.get(hexadecimal);
  if (!module) {
    const bytes = hexadecimal.match(/../g) as string[];
    module = new WebAssembly.Module(Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 16)));
    compiled.set(hexadecimal, module);
  }
  return module;
}

/** The exports of a module: functions of numbers, most of them byte addresses. */
export type Passes = Record<string, (...args: (number | undefined)[]) => number | undefined>;

/**
 * A module on the given memory, shared or not. Synchronous, since tfjs kernels are; a module is small enough for every
 * engine to allow that on the main thread (under 4 KiB).
 *
 * @throws whatever the engine says where WebAssembly SIMD cannot be had. Nothing is asked beforehand: it may be
 * missing, and a page's security policy may forbid compiling what validates, so only the attempt tells.
 */
export function instantiate({ unshared, shared, rest }: PassModules, memory: WebAssembly.Memory): Passes {
  // By its name, since a realm such as Jest's has another SharedArrayBuffer than the memory's.
  const module = compile(String(memory.buffer).includes('Shared') ? shared + rest : unshared + rest);
  return new WebAssembly.Instance(module, { env: { memory } }).exports as Passes;
}

/** The pass of a rule, as {@link instantiate} makes it. */
export function instantiatePass({ modules, states }: Rule, memory: WebAssembly.Memory): Pass {
  const [pass] = Object.values(instantiate(modules, memory));
  const length = 2 * states.length + 1;
  // One list for all runs: to make one costs as much as to merge a small variable.
  const a: number[] = new Array(MOST).fill(0);
  return {
    addresses: a,
    run(n, scalars) {
      a[length] = n;
      for (let i = 0; i < scalars.length; ++i) a[length + 1 + i] = scalars[i] as number;
      // Written out, since to spread a list costs as much as to merge 500 floats (measured). What is too much is ignored.
      // biome-ignore format: ten a line
      return pass?.(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9],
        a[10], a[11], a[12], a[13], a[14], a[15], a[16], a[17], a[18], a[19]);
    },
  };
}
