/** The language model of `npm start`, a few steps of it: both APIs give the same curves, and mistakes one clear line. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { train } from '../../examples/language-model/train.js';
import { tf } from '../support/tf.js';

const main = fileURLToPath(new URL('../../examples/language-model/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lookahead-'));
const runWith = (env, ...args) =>
  spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 120_000, // or what never ends would keep all tests waiting
  });
const run = (...args) => runWith({}, ...args);
const output = (name) => readFileSync(join(folder, 'out', name), 'utf8');

const test = suite('examples/language-model');
test.after(() => rmSync(folder, { recursive: true }));

test('--api sync and --api optimizer give the same losses and the same text, and write a picture', () => {
  const results = ['sync', 'optimizer'].map((api) => {
    const { status, stdout, stderr } = run('--steps', '7', '--k', '3', '--api', api);
    assert.is(status, 0, stderr);
    assert.match(stdout, /Lookahead counted 7 steps and merged 2 times/);
    assert.is(/Its Adam steps fused \(wasm-simd\)/.test(stdout), api === 'optimizer');
    assert.match(output('loss.svg'), /^<svg [\s\S]*<\/svg>$/);
    const { runs, sample } = JSON.parse(output('results.json'));
    return { sample, runs: runs.map(({ losses, validation, trainLoss }) => ({ losses, validation, trainLoss })) };
  });
  assert.equal(results[1], results[0]);
  const [plain, ahead] = results[0].runs;
  assert.equal(ahead.losses.slice(0, 3), plain.losses.slice(0, 3), 'the same until the first merge');
  assert.not.equal(ahead.losses.slice(3), plain.losses.slice(3));
});

test('the two models take turns, a step each, so that a busy machine slows both, and both show their progress', async () => {
  await tf.setBackend('cpu');
  const order = [];
  const fake = (name, loss) => ({
    trainer: {
      minimize() {
        order.push(name);
        return tf.scalar(loss);
      },
    },
    batches: [],
  });
  const told = [];
  const results = await train({
    runs: [fake('adam', 2), fake('lookahead', 3)],
    steps: 4,
    onStep: (losses) => told.push(losses.map(({ length }) => length)),
  });
  for (let step = 0; step < 4; ++step) {
    assert.equal(order.slice(2 * step, 2 * step + 2).sort(), ['adam', 'lookahead'], `step ${step + 1}`);
  }
  assert.is(new Set([order[0], order[2]]).size, 2, 'neither is always the first');
  assert.equal(
    results.map(({ losses }) => losses),
    [
      [2, 2, 2, 2],
      [3, 3, 3, 3],
    ],
  );
  assert.equal(told, [
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 4],
  ]);
  const { status, stderr } = run('--steps', '2');
  assert.is(status, 0, stderr);
  assert.match(stderr, /2\/2 +Adam \d\.\d+, Lookahead \d\.\d+/);
});

test("a text's escape sequences do not reach the terminal", () => {
  const name = 'title\u001b]0;x\u0007.txt';
  writeFileSync(join(folder, name), 'say \u001b[31mred\u009b0m\u202e\r\n'.repeat(60));
  const { status, stdout, stderr } = run('--steps', '2', '--text', name);
  assert.is(status, 0, stderr);
  const controls = /(?!\n)[\p{Cc}\p{Bidi_Control}]/u;
  assert.not.match(stdout, controls);
  assert.match(stdout, 'title\\u001b]0;x\\u0007.txt');
  assert.match(stdout.slice(stdout.indexOf('Sample')), '\\u001b');
  assert.not.match(output('loss.svg'), controls);
  const missing = run('--text', `missing${name}`);
  assert.not.match(missing.stderr, controls);
  assert.match(missing.stderr, 'missingtitle\\u001b');
});

test('an option that npm has kept to itself is a mistake, with the way to write it', () => {
  // What `npm start --steps 5` and `npm start --steps=5` make of it.
  for (const [steps, ...args] of [['true', '5'], ['5']]) {
    const { status, stdout, stderr } = runWith({ npm_config_steps: steps }, ...args);
    assert.is(status, 1);
    assert.is(stdout, '');
    assert.match(stderr, /^error: npm has kept the option '--steps'.*npm start -- --steps \.\.\.\n$/);
  }
});

test('a mistake is one line on stderr, and exit code 1', () => {
  const file = (name, content) => {
    writeFileSync(join(folder, name), content);
    return ['--text', name];
  };
  const large = file('large.txt', '');
  truncateSync(join(folder, 'large.txt'), 65 * 2 ** 20);
  assert.is(spawnSync('mkfifo', [join(folder, 'pipe')]).status, 0);
  for (const [args, pattern] of [
    [['--text', 'pipe'], /'pipe' cannot be read: it is not a regular file/],
    [['--text', '/dev/zero'], /cannot be read: it is not a regular file/],
    [large, /has 65\.0 MiB, but at most 64 MiB/],
    [['--text', 'missing.txt'], /missing\.txt' cannot be read/],
    [file('empty.txt', ''), /is empty/],
    [file('binary.txt', Uint8Array.of(65, 0, 66)), /NUL bytes/],
    [file('latin.txt', Uint8Array.of(65, 0xe9, 66)), /not text in UTF-8/],
    [file('short.txt', 'abc'), /has 3 characters, but at least/],
    [['--text', folder], /cannot be read/],
    [['--steps', '0'], /--steps.*'0'.*at least 1/],
    [['--k', '1.5'], /--k.*'1\.5'.*at least 1/],
    [['--alpha', '2'], /--alpha.*'2'.*0 to 1/],
    [['--lr', '-1'], /--lr.*'-1'.*positive/],
    [['--seed', 'x'], /--seed.*'x'.*integer/],
    [['--backend', 'gpu'], /--backend.*'gpu'.*wasm, cpu/],
    [['--api', 'both'], /--api.*'both'.*sync, optimizer/],
    [['--sed', '1'], /unknown option '--sed'/],
  ]) {
    const { status, stdout, stderr } = run(...args);
    assert.is(status, 1, args.join(' '));
    assert.is(stdout, '');
    assert.match(stderr, pattern);
    assert.is(stderr.trim().split('\n').length, 1, stderr);
  }
});

test.run();
