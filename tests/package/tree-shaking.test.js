/** What a bundler keeps of the package for a program that uses a part of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rollup } from 'rollup';
import { minify } from 'terser';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const dist = fileURLToPath(new URL('../../dist/tfjs-lookahead.js', import.meta.url));
const build = new URL('../../build/', import.meta.url);

async function bundle(program) {
  const virtual = {
    name: 'program',
    resolveId: (id) =>
      id === 'program' ? id : id === 'tfjs-lookahead' ? { id: dist, moduleSideEffects: false } : null,
    load: (id) => (id === 'program' ? program : null),
  };
  const made = await rollup({ input: 'program', external: ['@tensorflow/tfjs-core'], plugins: [virtual] });
  const [{ code }] = (await made.generate({ format: 'es' })).output;
  await made.close();
  return code;
}

/** The names of the passes, release builds for both kinds of memory, whose bytes are in the code. */
function passesIn(code) {
  const names = readdirSync(build).filter((name) => name.endsWith('.wasm') && !name.includes('debug'));
  assert.ok(names.length >= 20, `${names}`);
  return names.filter((name) => code.includes(readFileSync(new URL(name, build), 'base64'))).sort();
}

const test = suite('tree-shaking');

test('Lookahead alone: the merge, without a byte of the steps', async () => {
  const code = await bundle("export { Lookahead } from 'tfjs-lookahead';");
  assert.equal(passesIn(code), ['lerp.threads.wasm', 'lerp.wasm']);
  assert.not.match(code, /accumulat|beta1|gradient|learningRate|AdamOptimizer|SGDOptimizer|stepPath|applyGradients/i);
});

test('lookahead: all that it needs', async () => {
  const code = await bundle("export { lookahead } from 'tfjs-lookahead';");
  assert.is(passesIn(code).length, 20);
  assert.match(code, 'accumulatedFirstMoment');
});

test('fused alone: the steps, and no Lookahead', async () => {
  const code = await bundle("export { fused } from 'tfjs-lookahead';");
  const passes = passesIn(code);
  assert.is(passes.length, 18);
  assert.not(passes.includes('lerp.wasm'));
  assert.not.match(code, /class SlowWeights|class LookaheadOptimizer|withSlowWeights/);
});

test('nothing of a program that imports nothing by name', async () => {
  assert.is((await bundle("import 'tfjs-lookahead';")).trim(), '');
});

for (const [imports, limit] of Object.entries({ '*': 16384, '{ Lookahead }': 6656, '{ fused }': 8192 })) {
  test(`export ${imports}: at most ${limit} bytes minified and gzipped`, async () => {
    const { code } = await minify(await bundle(`export ${imports} from 'tfjs-lookahead';`), { module: true });
    const bytes = gzipSync(code, { level: 9 }).length;
    assert.ok(bytes <= limit, `${bytes} bytes`);
  });
}

test.run();
