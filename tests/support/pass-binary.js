/** The compiled passes alone, on a memory that is not their own. */
import { readFileSync } from 'node:fs';
import { instantiateSync } from '@assemblyscript/loader';
import * as assert from 'uvu/assert';
import { sectionIds } from './sections.js';

const camelCase = (name) => name.replace(/-./g, ([, letter]) => letter.toUpperCase());
const read = (build) => readFileSync(new URL(`../../build/${build}.wasm`, import.meta.url));

/** The builds of a pass: release, release for a shared memory, debug. */
export const buildsOf = (name) => [name, `${name}.threads`, `${name}.debug`];

/** A memory of so many pages, and the pass on it. */
export function instantiate(name, build, pages) {
  const shared = build.endsWith('.threads');
  const memory = new WebAssembly.Memory({ initial: pages, ...(shared ? { maximum: 65536, shared } : {}) });
  const { exports } = instantiateSync(read(build), { env: { memory } });
  return { memory, pass: exports[camelCase(name)] };
}

/** Nothing but code: an instance may work on somebody else's memory, and a page may compile it synchronously. */
export function assertBare(name, build) {
  const module = new WebAssembly.Module(read(build));
  assert.equal(WebAssembly.Module.imports(module), [{ module: 'env', name: 'memory', kind: 'memory' }]);
  assert.equal(WebAssembly.Module.exports(module), [{ name: camelCase(name), kind: 'function' }]);
  assert.ok(read(build).length < 4096, `${read(build).length} bytes`);
  const sections = sectionIds(read(build));
  for (const id of [6, 8, 11]) assert.not(sections.includes(id), `section ${id}`);
  assert.ok(sections.includes(10), 'but it has code');
}
