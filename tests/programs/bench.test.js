/** The benchmark in its short mode: its output is whole. The test does not ask how fast anything is. */
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, parse, relative, sep } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { serveTests } from '../hosts/browser/page-server.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bench = join(root, 'bench');
const folder = mkdtempSync(join(tmpdir(), 'lookahead-bench-test-'));
const run = (program, ...args) => runWith({}, program, ...args);
const runWith = (env, program, ...args) =>
  spawnSync(process.execPath, ['--expose-gc', join(bench, program), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
/** The published benchmark, called where there is no project, and so no tfjs but the core beside the package. */
const runPublished = (...args) =>
  spawnSync(process.execPath, [join(bench, '../dist/bench.js'), ...args], {
    cwd: parse(folder).root,
    encoding: 'utf8',
  });
const read = (name) => readFileSync(join(folder, name), 'utf8');

/** The repository as it is cloned, without a build or figures, and with what `npm ci` installs. */
const clone = join(folder, 'clone');
const notCloned = new Set(['.git', 'node_modules', 'build', 'dist', 'out', 'tests', 'demo']);
function makeClone() {
  const isCloned = (path) => !notCloned.has(relative(root, path).split(sep)[0]);
  cpSync(root, clone, { recursive: true, filter: isCloned });
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
}

const setNames = ['MLP 784-128-64-10', 'Stacked LSTM'];
const optimizers = [
  'SGD',
  'Momentum',
  'Momentum, Nesterov',
  'RMSProp',
  'RMSProp with momentum',
  'RMSProp, centered',
  'Adam',
  'Adamax',
  'Adagrad',
  'Adadelta',
];

/**
 * A difference, its share, and fitted lines may be negative. Bytes may be 0, and so may a quartile by the clock of a
 * browser.
 */
const signed = new Set(['nsPerCall', 'nsPerVariable', 'nsPerElement']);

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
    assert.equal(Object.keys(ns), ['sync', 'ops', 'loop', 'check', ...(backend === 'wasm' ? ['bare'] : [])]);
  }
  assert.is(fits.length, 9, 'wasm has the bare kernel beside the four that cpu has');
}

/** Every optimizer on every backend; none leaves the step to tfjs. */
function checkStep({ sets, sizes }, backends, isComplete) {
  assert.equal(
    sets.map(({ backend, optimizer }) => `${backend}: ${optimizer}`),
    backends.flatMap((backend) => optimizers.map((name) => `${backend}: ${name}`)),
  );
  assert.equal([...new Set(sizes.map(({ backend }) => backend))], backends);
  for (const { backend, path, ns, callNs } of [...sets, ...sizes]) {
    const onGPU = backend.startsWith('webg');
    assert.is(path, onGPU ? backend : 'wasm-simd');
    assert.is(callNs !== undefined, onGPU);
    if (isComplete) assert.equal(Object.keys(ns), ['tfjs', 'fused', 'copy']);
  }
}

function checkTraining({ time }, backends) {
  assert.is(time.length, 2 * backends.length + 1, 'two models on each backend, and a third on wasm');
  for (const { backend, model, nsPerCycle, ways } of time) {
    if (model.startsWith('CNN')) {
      assert.equal([backend, Object.keys(nsPerCycle)], ['wasm', ['lookahead(adam), kernels']]);
      continue;
    }
    const kernels = backend === 'wasm' ? ['lookahead(adam), kernels'] : [];
    assert.equal(Object.keys(nsPerCycle), ['Adam', 'fused(adam)', 'lookahead(adam)', ...kernels, 'Adam and sync()']);
    if (backend.startsWith('webg')) continue;
    assert.equal(
      ways.map(({ way }) => way),
      ['lookahead(adam)', 'Adam and sync()'],
    );
  }
}

/** On wasm a fused step makes no tensor but the two of Adam's counters. */
function checkMemory({ step, lookahead }) {
  for (const rows of [step, lookahead]) assert.is(rows.length, 4, 'two models on two backends');
  for (const { backend, weightBytes, plain, fused } of step) {
    assert.ok(fused.allocatedBytes < plain.allocatedBytes);
    if (backend !== 'wasm') continue;
    assert.ok(fused.highWaterBytes <= fused.allocatedBytes && fused.allocatedBytes < weightBytes / 100);
    assert.ok(plain.highWaterBytes > weightBytes && plain.highWaterBytes <= plain.allocatedBytes);
  }
}

const test = suite('bench');
test.after(() => rmSync(folder, { recursive: true }));

test('npm run bench on a clean clone: every section, JSON and plots', () => {
  makeClone();
  const options = ['--short', '--json', 'bench.json'];
  const { status, stdout, stderr } = spawnSync('npm', ['run', 'bench', '--', ...options], {
    cwd: clone,
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  const { command, date, machine, versions, short, sections } = JSON.parse(read('clone/bench.json'));
  assert.match(command, 'npm run bench -- --short');
  assert.ok(Date.parse(date) > 0);
  assert.ok(machine.cpu && versions.Node && versions.tfjs && short);
  assert.equal(Object.keys(sections), ['kernel', 'sync', 'step', 'training', 'fit', 'kernels', 'memory', 'start']);
  checkNumbers(sections, []);

  const { kernel, sync, step, training, fit, kernels, memory, start } = sections;
  for (const { ns, elements } of kernel.sizes) {
    const inC = kernel.c.includes('-O3') ? ['c'] : [];
    const contenders = Object.keys(ns).filter((name) => name !== 'c16'); // not every compiler knows the flag
    assert.equal(contenders, ['simd', 'js', ...inC, 'copy'], `${elements} elements`);
  }
  checkSync(sync, ['wasm', 'cpu'], true);
  checkStep(step, ['wasm', 'cpu'], true);
  checkTraining(training, ['wasm', 'cpu']);
  assert.equal(
    fit.time.map(({ backend, ratios }) => [backend, Object.keys(ratios)]),
    new Array(2).fill(['wasm', ['Adam', 'lookahead(adam), kernels']]),
  );
  assert.is(kernels.calls.length, 3);
  for (const { ns, limitNs } of kernels.calls) assert.ok(ns.tfjs.median > 0 && ns.ours.median > 0 && limitNs > 0);
  checkMemory(memory);
  assert.is(start.times.length, 2);
  assert.is(start.sizes.length, 6);

  for (const name of setNames) assert.match(stdout, name);
  const fromNpm = /^> /; // the command, which npm shows first
  for (const line of stdout.split('\n')) assert.ok(line.length <= 80 || fromNpm.test(line), line);
  const plots = readdirSync(join(clone, 'build/bench')).sort();
  const ofEachBackend = ['counts', 'sizes', 'step'].flatMap((name) => [`${name}-cpu.svg`, `${name}-wasm.svg`]);
  assert.equal(plots, [...ofEachBackend, 'kernel.svg'].sort());
  for (const name of plots) {
    const svg = read(join('clone/build/bench', name));
    assert.match(svg, /^<svg [^>]*>[\s\S]*<path [\s\S]*<\/svg>$/, name);
    assert.not.match(svg, /NaN|undefined|Infinity/, name);
  }
});

test('npm run bench:docs puts that run into the page; a page without a place for it is an error, and stays as it is', () => {
  const docs = () => spawnSync(process.execPath, ['bench/docs.js', 'bench.json'], { cwd: clone, encoding: 'utf8' });
  const page = 'clone/docs/performance/tables.md';
  rmSync(join(clone, 'docs/performance/kernel.svg'));
  const { status, stderr } = docs();
  assert.is(status, 0, stderr);
  const filled = read(page);
  const { date } = JSON.parse(read('clone/bench.json'));
  assert.match(
    filled,
    new RegExp(`<!-- figures: kernel -->\n\nMeasured ${date.slice(0, 10)}:\n\n[^<]*\\| 65,536 \\| `),
  );
  assert.ok(existsSync(join(clone, 'docs/performance/kernel.svg')));

  const without = filled.replace('<!-- figures: start -->', '');
  writeFileSync(join(folder, page), without);
  const { status: failure, stderr: message } = docs();
  assert.is.not(failure, 0);
  assert.match(message, "no place for 'figures: start'");
  assert.is(read(page), without);
});

test('the figures are written even where a plot cannot be', () => {
  mkdirSync(join(folder, 'blocked/kernel.svg'), { recursive: true });
  const { status } = run('main.js', 'kernel', '--short', '--json', 'first.json', '--plot', 'blocked');
  assert.is.not(status, 0);
  assert.equal(Object.keys(JSON.parse(read('first.json')).sections), ['kernel']);
});

/** The status of a request as it is written here: fetch() would tidy its path up. */
async function statusOf(url, method, path, headers = '') {
  const { hostname, port } = new URL(url);
  const socket = connect(port, hostname);
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n${headers}\r\n`);
  return Number(/^HTTP\/1\.1 (\d+)/.exec(await text(socket))?.[1]);
}

const strangers = [
  '//',
  '/.git',
  '/.git/config',
  '/package.json',
  '/src/index.ts',
  '/bench/main.js',
  '/%',
  '/dist/%00',
  'http://x/',
  '/dist/../package.json',
  '/dist/%2e%2e/package.json',
  '/dist/..%2fpackage.json',
  '/node_modules/sirv/build.mjs',
];

/** It serves what its page needs, nothing else of the repository, and goes on whatever it is asked. */
async function checkServer(url) {
  for (const path of strangers) assert.is(await statusOf(url, 'GET', path), 404, path);
  assert.is(await statusOf(url, 'DELETE', '/'), 405);
  assert.is(await statusOf(url, 'GET', '/dist/tfjs-lookahead.js', 'Range: bytes=5-2\r\n'), 200);
  assert.is(await statusOf(url, 'GET', '/'), 200);
}

test('the server of npm run bench:browser', async () => {
  const server = spawn(process.execPath, [join(bench, 'browser.js')], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    let output = '';
    for await (const data of server.stdout.iterator({ destroyOnReturn: false })) {
      output += data;
      if (output.includes('\n')) break;
    }
    const [url] = /http:\S+/.exec(output);
    await checkServer(url);
    assert.is(await statusOf(url, 'GET', '/style.css'), 200);
  } finally {
    server.kill();
  }
});

test('the server of the tests', async () => {
  const tests = await serveTests({ backends: [] });
  try {
    await checkServer(tests.url());
  } finally {
    tests.close();
  }
});

test('npm run bench:browser: the page, used without a screen', () => {
  const { status, stdout, stderr } = run('browser.js', '--headless', '--short', '--json', 'browser.json');
  assert.is(status, 0, stderr);
  const { machine, sections } = JSON.parse(read('browser.json'));
  assert.match(machine.engine, 'Chrome');
  assert.ok(machine.isolated && machine.simd && machine.threads);
  checkNumbers(sections, []);
  const backends = ['wasm', 'cpu', 'webgl', 'webgpu'];
  assert.equal(Object.keys(sections), ['sync', 'step', 'training']);
  checkSync(sections.sync, backends, false);
  checkStep(sections.step, backends, false);
  checkTraining(sections.training, backends);
  for (const name of setNames) assert.match(stdout, name);
});

test('npx tfjs-lookahead bench, in a folder that has no tfjs: the kernel', () => {
  const { status, stdout, stderr } = runPublished('bench', '--json', join(folder, 'npx.json'));
  assert.is(status, 0, stderr);
  assert.match(stdout, /^This takes up to \d+ s\.$/m);
  assert.match(stdout, 'Left out: training, which needs a backend of TensorFlow.js.');
  assert.match(stdout, 'npm install @tensorflow/tfjs-backend-wasm');
  const { sections } = JSON.parse(read('npx.json'));
  assert.equal(Object.keys(sections), ['kernel']);
  checkNumbers(sections, []);
  for (const section of ['training', 'sync', 'step']) {
    const { status: failure, stderr: message } = runPublished('bench', section, '--short');
    assert.is(failure, 1);
    assert.match(message, new RegExp(`^error: argument '${section}' needs a backend.*npm install @tensorflow/tfjs`));
  }
});

test('npx tfjs-lookahead bench in a project with tfjs: whole training steps come first', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'dist/bench.js'), 'bench', '--short', '--json', join(folder, 'project.json')],
    { cwd: root, encoding: 'utf8' },
  );
  assert.is(status, 0, stderr);
  assert.ok(stdout.indexOf('A whole training step') < stdout.indexOf('A step of Adam'));
  for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
  const { sections } = JSON.parse(read('project.json'));
  assert.equal(Object.keys(sections), ['training', 'step', 'sync', 'kernel']);
  checkNumbers(sections, []);
  assert.equal(
    sections.training.time.slice(0, 2).map(({ backend, model }) => [backend, model]),
    [
      ['wasm', 'MLP 4-24-48-2'],
      ['wasm', 'MLP 784-128-64-10'],
    ],
  );
});

test('npx tfjs-lookahead: help, and a mistake', () => {
  for (const args of [[], ['--help'], ['bench', '-h']]) {
    const { status, stdout } = runPublished(...args);
    assert.is(status, 0);
    assert.match(stdout, /^Usage: tfjs-lookahead bench .*\n[\s\S]*training, step, sync, kernel/);
  }
  for (const [args, pattern] of [
    [['train'], /unknown command 'train'.*bench/],
    [['bench', 'speed'], /'speed' is no section.*training, step, sync, kernel/],
    [['bench', '--shrt'], /--shrt/],
    [['bench', '--json', folder], /it is a folder/],
  ]) {
    const { status, stdout, stderr } = runPublished(...args);
    assert.is(status, 1, args.join(' '));
    assert.is(stdout, '');
    assert.match(stderr, /^error: .*\n$/);
    assert.match(stderr, pattern);
  }
});

test('a mistake is one line on stderr, and exit code 1', () => {
  writeFileSync(join(folder, 'file'), '');
  for (const [program, args, pattern, env = {}] of [
    ['main.js', [], /npm has kept the option '--short'.*npm run bench -- --short/, { npm_config_short: 'true' }],
    [
      'main.js',
      ['speed'],
      /'speed' is invalid for argument 'section'.*kernel, sync, step, training, fit, kernels, memory, start/,
    ],
    ['main.js', ['--json', folder], /--json.*: it is a folder\. Name another place/],
    ['main.js', ['--json', 'file/x.json'], /--json.*'file\/x\.json'.*cannot be written.*Name another place/],
    ['main.js', ['--plot', 'file'], /--plot.*'file'.*cannot be written.*Name another place/],
    ['main.js', ['--shrt'], /unknown option '--shrt'/],
    ['browser.js', ['wasm'], /'wasm' is invalid for argument 'section'.*sync, step, training/],
    [
      'browser.js',
      ['--headless', '--host', '203.0.113.1'],
      /--host.*'203\.0\.113\.1'.*name an address of this machine/,
    ],
  ]) {
    const { status, stdout, stderr } = runWith(env, program, ...args);
    assert.is(status, 1, args.join(' '));
    assert.is(stdout, '');
    assert.match(stderr, pattern);
    assert.is(stderr.trim().split('\n').length, 1, stderr);
  }
});

test.run();
