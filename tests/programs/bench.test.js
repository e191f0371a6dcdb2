/** The benchmark in its short mode: its output is whole. How fast anything is, is not asked. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const bench = fileURLToPath(new URL('../../bench', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lookahead-bench-test-'));
const run = (program, ...args) =>
  spawnSync(process.execPath, ['--expose-gc', join(bench, program), ...args], { cwd: folder, encoding: 'utf8' });
/** As it is published, called where there is no project, so no tfjs but the core beside the package. */
const runPublished = (...args) =>
  spawnSync(process.execPath, [join(bench, '../dist/bench.js'), ...args], {
    cwd: parse(folder).root,
    encoding: 'utf8',
  });
const read = (name) => readFileSync(join(folder, name), 'utf8');

const setNames = ['MLP 784-128-64-10', 'Stacked LSTM'];

/** May be negative: a difference, its share, and fitted lines. 0 may be bytes, and a quartile by the clock of a browser. */
const signed = new Set(['differencePercent', 'nsPerCall', 'nsPerVariable', 'nsPerElement']);

function checkNumbers(value, path) {
  if (typeof value === 'number') {
    assert.ok(Number.isFinite(value), `${path} is ${value}`);
    if (path.some((key) => signed.has(key))) return;
    if (/Bytes$|^p25$/.test(path.at(-1))) assert.ok(value >= 0, `${path.join('.')} is ${value}`);
    else assert.ok(value > 0, `${path.join('.')} is ${value}`);
  } else {
    assert.ok(value !== null, `${path.join('.')} is null: no number`);
    if (typeof value === 'object') for (const [key, part] of Object.entries(value)) checkNumbers(part, [...path, key]);
  }
}

/** Every set of a short run and every contender on every backend; below the clock of a browser, some have no figure. */
function checkSync({ sets, counts, sizes, fits, lerp }, backends, isComplete) {
  assert.equal(
    sets.map(({ backend, set }) => `${backend}: ${set}`),
    backends.flatMap((backend) => setNames.map((name) => `${backend}: ${name}`)),
  );
  for (const rows of [sets, counts, sizes, lerp]) {
    assert.equal([...new Set(rows.map(({ backend }) => backend))], backends);
  }
  if (!isComplete) return;
  for (const { backend, ns } of [...sets, ...counts, ...sizes]) {
    assert.equal(Object.keys(ns), ['sync', 'ops', 'loop', ...(backend === 'wasm' ? ['bare'] : [])]);
  }
  assert.is(fits.length, 7, 'wasm has the bare kernel beside the three that cpu has');
}

const test = suite('bench');
test.after(() => rmSync(folder, { recursive: true }));

test('npm run bench: every section, JSON and plots', () => {
  const { status, stdout, stderr } = run('main.js', '--short', '--json', 'bench.json', '--plot', 'plots');
  assert.is(status, 0, stderr);
  const { command, date, machine, versions, short, sections } = JSON.parse(read('bench.json'));
  assert.match(command, 'npm run bench -- --short');
  assert.ok(Date.parse(date) > 0);
  assert.ok(machine.cpu && versions.Node && versions.tfjs && short);
  assert.equal(Object.keys(sections), ['kernel', 'sync', 'training', 'start']);
  checkNumbers(sections, []);

  const { kernel, sync, training, start } = sections;
  for (const { ns, elements } of kernel.sizes) {
    const inC = kernel.c.includes('-O3') ? ['c'] : [];
    const contenders = Object.keys(ns).filter((name) => name !== 'c16'); // not every compiler knows the flag
    assert.equal(contenders, ['simd', 'js', ...inC, 'copy'], `${elements} elements`);
  }
  checkSync(sync, ['wasm', 'cpu'], true);
  for (const rows of [training.time, training.memory]) assert.is(rows.length, 2, 'a model on two backends');
  for (const { ways } of training.time)
    assert.equal(
      ways.map(({ way }) => way),
      ['sync', 'optimizer'],
    );
  assert.is(start.times.length, 2);
  assert.is(start.sizes.length, 4);

  for (const name of setNames) assert.match(stdout, name);
  const plots = readdirSync(join(folder, 'plots')).sort();
  assert.equal(plots, ['counts-cpu.svg', 'counts-wasm.svg', 'kernel.svg', 'sizes-cpu.svg', 'sizes-wasm.svg']);
  for (const name of plots) {
    const svg = read(join('plots', name));
    assert.match(svg, /^<svg [^>]*>[\s\S]*<path [\s\S]*<\/svg>$/, name);
    assert.not.match(svg, /NaN|undefined|Infinity/, name);
  }
});

test('npm run bench:browser: the page, used without a screen', () => {
  const { status, stdout, stderr } = run('browser.js', '--headless', '--short', '--json', 'browser.json');
  assert.is(status, 0, stderr);
  const { machine, sections } = JSON.parse(read('browser.json'));
  assert.match(machine.engine, 'Chrome');
  assert.ok(machine.isolated && machine.simd && machine.threads);
  checkNumbers(sections, []);
  checkSync(sections.sync, ['wasm', 'cpu', 'webgl', 'webgpu'], false);
  for (const name of setNames) assert.match(stdout, name);
});

test('npx tfjs-lookahead bench, in a folder that has no tfjs: the kernel', () => {
  const { status, stdout, stderr } = runPublished('bench', 'kernel', '--short', '--json', join(folder, 'npx.json'));
  assert.is(status, 0, stderr);
  assert.match(stdout, 'npm install @tensorflow/tfjs-backend-wasm');
  const { sections } = JSON.parse(read('npx.json'));
  assert.equal(Object.keys(sections), ['kernel']);
  checkNumbers(sections, []);
  const { status: failure, stderr: message } = runPublished('bench', 'sync', '--short');
  assert.is(failure, 1);
  assert.match(message, /^error: argument 'sync' needs a backend.*npm install @tensorflow\/tfjs/);
});

test('a mistake is one line on stderr, and exit code 1', () => {
  writeFileSync(join(folder, 'file'), '');
  for (const [program, args, pattern] of [
    ['main.js', ['speed'], /'speed' is invalid for argument 'section'.*kernel, sync, training, start/],
    ['main.js', ['--json', folder], /--json.*is a folder: name a file/],
    ['main.js', ['--json', 'file/x.json'], /--json.*'file\/x\.json'.*cannot be written.*choose another place/],
    ['main.js', ['--plot', 'file'], /--plot.*'file'.*cannot be written.*choose another place/],
    ['main.js', ['--shrt'], /unknown option '--shrt'/],
    ['browser.js', ['wasm'], /too many arguments/],
    [
      'browser.js',
      ['--headless', '--host', '203.0.113.1'],
      /--host.*'203\.0\.113\.1'.*name an address of this machine/,
    ],
  ]) {
    const { status, stdout, stderr } = run(program, ...args);
    assert.is(status, 1, args.join(' '));
    assert.is(stdout, '');
    assert.match(stderr, pattern);
    assert.is(stderr.trim().split('\n').length, 1, stderr);
  }
});

test.run();
