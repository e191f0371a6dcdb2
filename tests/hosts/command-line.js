import { parseArgs } from 'node:util';

/** The command line of every host: `[--file PATH]... backend...`, by default on cpu and wasm, and `options` of its own. */
export function readCommandLine(options = {}) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { ...options, file: { type: 'string', multiple: true } },
  });
  return { ...values, files: values.file, backends: positionals.length > 0 ? positionals : ['cpu', 'wasm'] };
}
