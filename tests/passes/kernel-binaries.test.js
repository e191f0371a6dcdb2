/**
 * The compiled passes of the training kernels: they run on the memory of TensorFlow.js, and may have nothing of their
 * own there.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sectionIds } from '../support/sections.js';

const folder = new URL('../../build/kernels/', import.meta.url);
const test = suite('binaries of the training kernels');

for (const file of readdirSync(folder).filter((name) => /^[\w-]+(\.threads)?\.wasm$/.test(name))) {
  test(`${file}: imports a memory, exports functions, has no data, no global, no start function, is small`, () => {
    const bytes = readFileSync(new URL(file, folder));
    const module = new WebAssembly.Module(bytes);
    assert.equal(WebAssembly.Module.imports(module), [{ module: 'env', name: 'memory', kind: 'memory' }]);
    assert.ok(WebAssembly.Module.exports(module).every(({ kind }) => kind === 'function'));
    const sections = sectionIds(bytes);
    for (const id of [6, 8, 11]) assert.not(sections.includes(id), `section ${id}`);
    assert.ok(sections.includes(10), 'but it has code');
    assert.ok(bytes.length < 4096, `${bytes.length} bytes`);
  });
}

test.run();
