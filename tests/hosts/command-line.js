import { parseArgs } from 'node:util';

/**
 * The command line of every host: `[--brief] [--file PATH]... backend...`, by default on cpu and wasm, and `options` of
 * its own. With `--brief` the host runs few of the random sequences of calls, because another host runs them all.
 */
export function readCommandLine(options = {}) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { ...options, brief: { type: 'boolean', default: false }, file: { type: 'string', multiple: true } },
  });
  return { ...values, files: values.file, backends: positionals.length > 0 ? positionals : ['cpu', 'wasm'] };
}
