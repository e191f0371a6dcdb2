/** The package as it is installed: what is in it, its size, both module systems, what importing does. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import * as esm from 'tfjs-lookahead';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pkg = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
const node = (...args) => execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' });

const test = suite('package');

test('ESM and CommonJS export the same names, and no default', () => {
  const cjs = createRequire(import.meta.url)('tfjs-lookahead');
  const names = [
    ...['AdamW', 'Lion', 'Lookahead', 'LookaheadOptimizer', 'NAdam', 'RAdam', 'adamW', 'fused', 'lerp', 'lerpPath'],
    ...['lion', 'lookahead', 'nadam', 'radam'],
    ...['registerTrainingKernels', 'stepPath', 'unregisterTrainingKernels'],
  ];
  assert.equal(Object.keys(esm).sort(), names);
  assert.equal(Object.keys(cjs).sort(), Object.keys(esm).sort());
  assert.is.not(cjs.Lookahead, esm.Lookahead, 'require() gets the CommonJS build');
});

test('CommonJS trains', () => {
  const program = `
    const tf = require('@tensorflow/tfjs');
    const { Lookahead } = require('tfjs-lookahead');
    const w = tf.variable(tf.scalar(0));
    const lookahead = new Lookahead([w], { k: 2 });
    for (let i = 0; i < 2; ++i) { w.assign(tf.add(w, 4)); lookahead.sync(); }
    console.log('w is', w.dataSync()[0]);`;
  assert.match(node('--eval', program), 'w is 4');
});

test('importing compiles nothing, writes no global and selects no backend', () => {
  const program = `
    import * as tf from '@tensorflow/tfjs-core';
    const compiled = [];
    for (const name of ['Module', 'Instance', 'Memory']) {
      WebAssembly[name] = class { constructor() { compiled.push(name); } };
    }
    const before = Object.getOwnPropertyNames(globalThis).sort().join();
    await import('tfjs-lookahead');
    const after = Object.getOwnPropertyNames(globalThis).sort().join();
    console.log(JSON.stringify({ compiled, same: before === after, backend: tf.getBackend() ?? null }));`;
  const result = JSON.parse(node('--input-type=module', '--eval', program));
  assert.equal(result, { compiled: [], same: true, backend: null });
});

test('importing and training do without TextDecoder, WebAssembly and Object.hasOwn', () => {
  const program = `
    const tf = require('@tensorflow/tfjs');
    for (const name of ['TextDecoder', 'WebAssembly']) delete globalThis[name];
    delete Object.hasOwn;
    const { lookahead, lerpPath } = require('tfjs-lookahead');
    const w = tf.variable(tf.scalar(0));
    const optimizer = lookahead(tf.train.sgd(1), { k: 2 });
    for (let i = 0; i < 2; ++i) optimizer.minimize(() => tf.mul(w, -4));
    console.log('w is', w.dataSync()[0], 'by', lerpPath(), typeof TextDecoder, typeof WebAssembly, typeof Object.hasOwn);`;
  assert.match(node('--eval', program), 'w is 4 by js-loop undefined undefined undefined');
});

test('lerpPath may be the first call of a program', () => {
  const program = `
    import '@tensorflow/tfjs';
    import { lerpPath } from 'tfjs-lookahead';
    console.log(lerpPath());`;
  assert.match(node('--input-type=module', '--eval', program), /^wasm-simd$/m);
});

test('the only import of the bundle is the peer', () => {
  const code = readFileSync(`${root}/dist/tfjs-lookahead.js`, 'utf8');
  const imported = [...code.matchAll(/^import .* from '(.*)';$/gm)].map(([, name]) => name);
  assert.equal(imported, ['@tensorflow/tfjs-core']);
  assert.not(pkg.dependencies);
  assert.equal(Object.keys(pkg.peerDependencies), ['@tensorflow/tfjs-core']);
});

const [{ files, size, unpackedSize }] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' }),
);

test('the tarball holds the build, the words, the licences and the benchmark, and nothing else', () => {
  const builds = ['js', 'cjs', 'umd.min.js', 'd.ts', 'd.cts'];
  assert.equal(
    files.map(({ path }) => path).sort(),
    [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
      'bench/loop.c',
      'dist/THIRD-PARTY-LICENSES.txt',
      'dist/bench.js',
      ...builds.map((ext) => `dist/tfjs-lookahead.${ext}`),
    ].sort(),
  );
});

// In bytes. Raise a limit on purpose only, and say so in the changelog.
test('the tarball is no larger than it has to be, nor is the benchmark in it', () => {
  for (const [what, bytes, limit] of [
    ['packed', size, 260_000],
    ['unpacked', unpackedSize, 948_000],
    ['dist/bench.js', files.find(({ path }) => path === 'dist/bench.js').size, 84_000],
  ]) {
    assert.ok(bytes <= limit, `${what}: ${bytes} bytes, and the limit is ${limit}`);
  }
});

test('publint finds nothing', async () => {
  const { messages } = await publint({ pkgDir: root, strict: true });
  assert.equal(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

test.run();
