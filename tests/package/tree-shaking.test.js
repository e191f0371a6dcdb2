/** The parts of the package that a bundler keeps for a program that uses only some. */
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

/** The passes: release builds for both kinds of memory. */
const passes = readdirSync(build)
  .filter((name) => name.endsWith('.wasm') && !name.includes('debug'))
  .sort();

/** The passes of the kernels for training. */
const kernels = readdirSync(new URL('kernels/', build))
  .filter((name) => name.endsWith('.wasm') && !name.includes('debug'))
  .map((name) => `kernels/${name}`)
  .sort();

/** The passes among these that the code has in hexadecimal: each has a part of its own, and one that it shares. */
const among = (names, code) => {
  const parts = new Set([...code.matchAll(/'((?:[0-9a-f]{2})+)'/g)].map(([, part]) => part));
  const isIn = (pass) => [...parts].some((part) => pass.endsWith(part) && parts.has(pass.slice(0, -part.length)));
  return names.filter((name) => isIn(readFileSync(new URL(name, build), 'hex')));
};

/** The passes whose bytes are in the code. */
const passesIn = (code) => among([...kernels, ...passes], code);

const ownOptimizers = /^(adamw|radam|nadam|lion)\./;
const ofTfjs = /^(?!(lerp|finite|sum-of-squares|adamw|radam|nadam|lion)\.)/;
const named = (pattern) => passes.filter((name) => pattern.test(name));

/** The names of the rules in the code: for adam.wasm it is 'adam', for momentum-nesterov.wasm 'momentumNesterov'. */
const rulesIn = (code) =>
  passes
    .filter((name) => !name.includes('threads'))
    .map((name) => name.replace('.wasm', '').replaceAll(/-(.)/g, (_, letter) => letter.toUpperCase()))
    .filter((rule) => code.includes(`name: '${rule}'`));

const test = suite('tree-shaking');

test('there are passes for a merge and for the steps', () => {
  assert.equal(named(/^lerp\./), ['lerp.threads.wasm', 'lerp.wasm']);
  assert.ok(named(ofTfjs).length >= 18, `${passes}`);
  assert.ok(kernels.length >= 12, `${kernels}`);
});

test('Lookahead alone: the merge, without a byte of the steps, though it takes an outer optimizer', async () => {
  const code = await bundle("export { Lookahead } from 'tfjs-lookahead';");
  assert.equal(passesIn(code), named(/^lerp\./));
  assert.equal(rulesIn(code), ['lerp']);
  assert.match(code, 'function stepOuter');
  assert.not.match(code, /function (stepOf|applyFused|stepPath)|class LookaheadOptimizer/);
});

test('lookahead: all that it needs', async () => {
  const code = await bundle("export { lookahead } from 'tfjs-lookahead';");
  const needed = passes.filter((name) => !ownOptimizers.test(name));
  assert.equal(passesIn(code), needed);
  assert.is(rulesIn(code).length, needed.length / 2);
  assert.not.match(code, /class DeclaredOptimizer|class SlotsByVariable|'AdamW'/);
  assert.match(code, 'accumulatedFirstMoment');
});

test('fused alone: the steps, and no Lookahead', async () => {
  const code = await bundle("export { fused } from 'tfjs-lookahead';");
  assert.equal(passesIn(code), named(ofTfjs));
  assert.match(code, /function applyFused/);
  assert.not.match(code, /class SlowWeights|class OuterOptimizer|class LookaheadOptimizer|withSlowWeights/);
});

test("each of the package's own optimizers alone: itself, and no other", async () => {
  for (const name of ['adamW', 'radam', 'nadam', 'lion']) {
    const code = await bundle(`export { ${name} } from 'tfjs-lookahead';`);
    const own = new RegExp(`^(${name.toLowerCase()}|counter|sum-of-squares)\\.`);
    assert.equal(passesIn(code), named(own));
    assert.not.match(code, /class SlowWeights|class OuterOptimizer|class LookaheadOptimizer|function applyFused/);
  }
});

test('registerTrainingKernels alone: the kernels, and nothing else', async () => {
  const code = await bundle("export { registerTrainingKernels } from 'tfjs-lookahead';");
  assert.equal(passesIn(code), [...kernels, ...named(/^finite\./)]);
  assert.not.match(code, /class SlowWeights|class OuterOptimizer|class LookaheadOptimizer|function applyFused/);
});

test('each module of a kernel is small enough for a synchronous compile in old Chromium', () => {
  for (const name of kernels) {
    const { length } = readFileSync(new URL(name, build));
    assert.ok(length < 4096, `${name}: ${length} bytes`);
  }
});

test('nothing of a program that imports nothing by name', async () => {
  assert.is((await bundle("import 'tfjs-lookahead';")).trim(), '');
});

const budgets = { '*': 41984, '{ Lookahead }': 9360, '{ fused }': 7936, '{ registerTrainingKernels }': 14592 };
for (const [imports, limit] of Object.entries(budgets)) {
  test(`export ${imports}: at most ${limit} bytes minified and gzipped`, async () => {
    const { code } = await minify(await bundle(`export ${imports} from 'tfjs-lookahead';`), { module: true });
    const bytes = gzipSync(code, { level: 9 }).length;
    assert.ok(bytes <= limit, `${bytes} bytes`);
  });
}

test.run();
