/**
 * Compiles every pass, which is every file in assembly/ itself, for each target of asconfig.json: `node tools/compile-passes.js`.
 * In one process, since loading the compiler and its first run take most of the time that `asc` needs.
 */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main as asc } from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const passes = readdirSync(`${root}/assembly`).filter((file) => file.endsWith('.ts'));

const outputs = {
  release: (name) => ['--outFile', `build/${name}.wasm`],
  'release-threads': (name) => ['--outFile', `build/${name}.threads.wasm`],
  debug: (name) => ['--outFile', `build/${name}.debug.wasm`, '--textFile', `build/${name}.debug.wat`],
};

for (const file of passes) {
  for (const [target, output] of Object.entries(outputs)) {
    const { error } = await asc(
      [`assembly/${file}`, '--baseDir', root, '--target', target, ...output(basename(file, '.ts'))],
      { stdout: process.stdout, stderr: process.stderr },
    );
    // The compiler has printed what is wrong.
    if (error) process.exit(1);
  }
}
