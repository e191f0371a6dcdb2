/**
 * Compiles every pass, that is every file directly in assembly/ and assembly/kernels/, for each target of asconfig.json:
 * `node tools/compile-passes.js`. One process does all, because most of the time of `asc` goes into loading the compiler.
 * A pass is skipped if its outputs are newer than the pass, all that passes share, the options, the compiler and this file.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const typeScriptIn = (folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${folder}/${file}`);

const sharedInputs = [
  ...typeScriptIn('assembly/shared'),
  'asconfig.json',
  'tools/compile-passes.js',
  'node_modules/assemblyscript/package.json',
];

const outputs = {
  release: (name) => ({ outFile: `build/${name}.wasm` }),
  'release-threads': (name) => ({ outFile: `build/${name}.threads.wasm` }),
  debug: (name) => ({ outFile: `build/${name}.debug.wasm`, textFile: `build/${name}.debug.wat` }),
};

/** In milliseconds; 0 for a file that is not there. */
const modified = (file) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

for (const pass of [...typeScriptIn('assembly'), ...typeScriptIn('assembly/kernels')]) {
  const newestInput = Math.max(...[pass, ...sharedInputs].map(modified));
  for (const [target, output] of Object.entries(outputs)) {
    const files = output(pass.slice('assembly/'.length, -'.ts'.length));
    if (Object.values(files).every((file) => modified(file) > newestInput)) continue;
    const { main: asc } = await import('assemblyscript/asc');
    const { error } = await asc(
      [
        pass,
        '--baseDir',
        root,
        '--target',
        target,
        ...Object.entries(files).flatMap(([name, file]) => [`--${name}`, file]),
      ],
      { stdout: process.stdout, stderr: process.stderr },
    );
    // The compiler has printed what is wrong.
    if (error) process.exit(1);
  }
}
