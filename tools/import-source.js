import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';
import ts from 'typescript';

const root = new URL('..', import.meta.url);
const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };

/** Anything from a package: it can be called, constructed and extended, and so can all that it has. */
const standIn = `
const any = new Proxy(function () {}, { get: (_, name) => (name === 'prototype' ? {} : any), apply: () => any });
export { any };`;

/** By file: most are part of many modules that the build imports. */
const transpiled = new Map();

function transpile(file) {
  if (!transpiled.has(file)) {
    transpiled.set(file, ts.transpileModule(readFileSync(file, 'utf8'), { compilerOptions }).outputText);
  }
  return transpiled.get(file);
}

/** Checks no types, and leaves packages and compiled passes out: there may be none of these yet. */
const typeScriptAlone = {
  name: 'typescript-alone',
  resolveId: (id, importer = '') =>
    importer && !id.startsWith('.')
      ? { id: '\0package', syntheticNamedExports: 'any' }
      : fileURLToPath(new URL(id.replace(/\.js$/, '.ts'), `file://${importer}`)),
  load(id) {
    if (id === '\0package') return standIn;
    if (id.endsWith('.wasm')) return 'export default undefined;';
    return transpile(id);
  },
};

/**
 * Imports a module of src/ before the package is built.
 *
 * @param path from the root of the repository. What it imports of a package does nothing.
 * @returns what it exports.
 */
export async function importSource(path) {
  const bundle = await rollup({
    input: fileURLToPath(new URL(path, root)),
    plugins: [typeScriptAlone],
    logLevel: 'silent',
  });
  const { output } = await bundle.generate({ format: 'es' });
  await bundle.close();
  return import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);
}
