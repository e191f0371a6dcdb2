/** The package as if just installed, and a host whose WebAssembly is missing or restricted. */
let copies = 0;

/** Another copy of the package, which has compiled nothing yet. */
export function freshCopy() {
  const address = import.meta.resolve('tfjs-lookahead');
  // Bun makes another module for the query of a path, not for that of a file: URL.
  return import(`${globalThis.Bun ? new URL(address).pathname : address}?copy=${++copies}`);
}

/** Runs `fn` with another `WebAssembly`, as on a page where it is missing or may not compile. */
export function withWebAssembly(replacement, fn) {
  const original = globalThis.WebAssembly;
  globalThis.WebAssembly = replacement;
  try {
    return fn();
  } finally {
    globalThis.WebAssembly = original;
  }
}

/** The constructors of WebAssembly, some to be replaced. */
export const statics = ({ Module, Instance, Memory }) => ({ Module, Instance, Memory });

/** In the place of `WebAssembly.Module`. */
export class Forbidden {
  constructor() {
    throw new EvalError('a security policy forbids it');
  }
}
