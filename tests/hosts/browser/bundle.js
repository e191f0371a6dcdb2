/** Bundles the tests for a browser, in memory. What `modules` lists stays apart from them. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import nodeResolve from '@rollup/plugin-node-resolve';
import { rollup } from 'rollup';
import { modules } from '../../../tools/browser/modules.js';
import { pathOf } from '../test-files.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const tests = fileURLToPath(new URL('run-in-browser.js', import.meta.url));

/** Answers the import of 'test-files' with a function for each file that imports it. */
function listing(testFiles) {
  const imports = testFiles.map((path) => `${JSON.stringify(path)}: () => import(${JSON.stringify(pathOf(path))})`);
  return {
    name: 'test-files',
    resolveId: (id) => (id === 'test-files' ? id : undefined),
    load: (id) => (id === 'test-files' ? `export const testFiles = { ${imports.join(', ')} };` : undefined),
  };
}

async function generate(input, plugins, output = {}) {
  const isListed = (id, importer) => importer !== undefined && Object.hasOwn(modules, id);
  const bundle = await rollup({ input, external: isListed, plugins: [...plugins, nodeResolve({ browser: true })] });
  const { output: chunks } = await bundle.generate({ format: 'es', sourcemap: 'inline', ...output });
  await bundle.close();
  return Object.fromEntries(chunks.map(({ fileName, code }) => [`/tests/${fileName}`, ['js', code]]));
}

/**
 * For a page, whose import map tells where the listed modules are. This and the next function give, by path, the type
 * and the source text.
 */
export function bundleForPage(testFiles) {
  return generate({ 'run-in-browser': tests }, [listing(testFiles)]);
}

/**
 * For a Web Worker, which has no import map. Names become addresses, also in those modules that import others by name,
 * so these modules are served a second time under /tests/.
 */
export function bundleForWorker(testFiles) {
  const importing = Object.entries(modules).filter(
    ([name, path]) => path.startsWith('/') && name !== '@tensorflow/tfjs',
  );
  const served = importing.filter(([name]) => name !== '@tensorflow/tfjs-core');
  const addresses = {
    ...modules,
    ...Object.fromEntries(served.map(([name]) => [name, `/tests/${name}.js`])),
  };
  const inputs = Object.fromEntries(served.map(([name, path]) => [name, join(root, path)]));
  const resolveByName = {
    name: 'import-meta-resolve',
    resolveImportMeta: (property) =>
      property === 'resolve'
        ? `((name) => new URL(${JSON.stringify(addresses)}[name], location.origin).href)`
        : undefined,
  };
  return generate({ 'run-in-browser': tests, ...inputs }, [listing(testFiles), resolveByName], { paths: addresses });
}
