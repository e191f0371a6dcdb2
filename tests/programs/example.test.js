/** The language model of `npm start`, a few steps of it: both APIs give the same curves, and mistakes one clear line. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const main = fileURLToPath(new URL('../../examples/language-model/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lookahead-'));
const run = (...args) => spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: 'utf8' });
const output = (name) => readFileSync(join(folder, 'out', name), 'utf8');

const test = suite('examples/language-model');
test.after(() => rmSync(folder, { recursive: true }));

test('--api sync and --api optimizer give the same losses and the same text, and write a picture', () => {
  const results = ['sync', 'optimizer'].map((api) => {
    const { status, stdout, stderr } = run('--steps', '7', '--k', '3', '--api', api);
    assert.is(status, 0, stderr);
    assert.match(stdout, /Lookahead counted 7 steps and merged 2 times/);
    assert.match(output('loss.svg'), /^<svg [\s\S]*<\/svg>$/);
    const { runs, sample } = JSON.parse(output('results.json'));
    return { sample, runs: runs.map(({ losses, validation, trainLoss }) => ({ losses, validation, trainLoss })) };
  });
  assert.equal(results[1], results[0]);
  const [plain, ahead] = results[0].runs;
  assert.equal(ahead.losses.slice(0, 3), plain.losses.slice(0, 3), 'the same until the first merge');
  assert.not.equal(ahead.losses.slice(3), plain.losses.slice(3));
});

test('a mistake is one line on stderr, and exit code 1', () => {
  const file = (name, content) => {
    writeFileSync(join(folder, name), content);
    return ['--text', name];
  };
  for (const [args, pattern] of [
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
