import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';
import ts from 'typescript';

const root = new URL('..', import.meta.url);
const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };

/** Checks no types, and leaves compiled passes out, since there may be none yet. */
const typeScriptAlone = {
  name: 'typescript-alone',
  resolveId: (id, importer = '') => fileURLToPath(new URL(id.replace(/\.js$/, '.ts'), `file://${importer}`)),
  load(id) {
    if (id.endsWith('.wasm')) return 'export default undefined;';
    return ts.transpileModule(readFileSync(id, 'utf8'), { compilerOptions }).outputText;
  },
};

/**
 * Imports a module of src/ before the package is built.
 *
 * @param path from the root of the repository. It and what it imports may import no package.
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
