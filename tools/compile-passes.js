/**
 * Compiles every pass for each target of asconfig.json: `node tools/compile-passes.js`. A pass is a file directly in
 * assembly/ or assembly/kernels/, or else it is written into build/passes/ from the expressions of its rule or
 * optimizer.
 *
 * One process does all, because most of the time of `asc` goes into loading the compiler. A pass is skipped if its
 * outputs are newer than the pass, all that passes share, the options, the compiler and this file.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importSource } from './import-source.js';
import { writePass } from './write-pass.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const typeScriptIn = (folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${folder}/${file}`);

const written = 'build/passes';
const nameOf = (pass) => pass.replace(/^(assembly|build\/passes|src\/update\/rules|src\/optimizers)\/|\.ts$/g, '');

/** In milliseconds; 0 for a file that is not there. */
const modified = (file) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** @returns the passes of all rules that nobody has written by hand. One that is as before keeps its date. */
async function writePasses(byHand) {
  const passes = [];
  mkdirSync(join(root, written), { recursive: true });
  for (const file of [...typeScriptIn('src/update/rules'), ...typeScriptIn('src/optimizers')]) {
    if (file.endsWith('/index.ts')) continue;
    const [rule] = Object.values(await importSource(file)).map((exported) => exported.rule ?? exported);
    if (!Array.isArray(rule?.expressions) || byHand.includes(nameOf(file))) continue;
    const pass = `${written}/${nameOf(file)}.ts`;
    const code = writePass(rule);
    if (!modified(pass) || readFileSync(join(root, pass), 'utf8') !== code) writeFileSync(join(root, pass), code);
    passes.push(pass);
  }
  return passes;
}

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

const byHand = [...typeScriptIn('assembly'), ...typeScriptIn('assembly/kernels')];
for (const pass of [...byHand, ...(await writePasses(byHand.map(nameOf)))]) {
  const newestInput = Math.max(...[pass, ...sharedInputs].map(modified));
  for (const [target, output] of Object.entries(outputs)) {
    const files = output(nameOf(pass));
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
