/**
 * The language model of `npm start`, a few steps of it: the faster Adam has the same curve, and a mistake is one clear
 * line.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { planTraining } from '../../examples/language-model/plan.js';
import { formatConclusion } from '../../examples/language-model/report.js';
import { train } from '../../examples/language-model/train.js';
import { tf } from '../support/tf.js';

const main = fileURLToPath(new URL('../../examples/language-model/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lookahead-'));
const runWith = (env, ...args) =>
  spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
const run = (...args) => runWith({}, ...args);
/** Wrapped text in one line, to look for phrases. */
const inOneLine = (text) => text.replace(/\s+/g, ' ');
const output = (name) => readFileSync(join(folder, 'out', name), 'utf8');

const test = suite('examples/language-model');
test.after(() => rmSync(folder, { recursive: true }));

/** Little to evaluate on, so that it takes less time. */
const shortText = join(folder, 'short-text.txt');
writeFileSync(shortText, Array.from({ length: 200 }, (_, i) => `${i} times ${i} is ${i * i}\n`).join(''));

const outcomes = () => JSON.parse(output('results.json'));

test('three runs, in one table, one picture and two sentences', () => {
  const { status, stdout, stderr } = run('--steps', '7', '--k', '3', '--text', shortText);
  assert.is(status, 0, stderr);
  assert.match(stdout, /^The training takes about \d.* s: 7 steps for each of the three, in turns\.$/m);
  for (const line of stdout.slice(0, stdout.indexOf('Sample')).split('\n')) assert.ok(line.length < 80, line);
  const { runs, unigramLoss, differsAt } = outcomes();
  assert.equal(
    runs.map(({ name, lr, steps }) => [name, lr, steps]),
    [
      ['Adam', 0.02, 7],
      ['Faster Adam', 0.02, 7],
      ['Lookahead', 0.04, 7],
    ],
  );
  const [plain, faster, lookahead] = runs;
  assert.is(differsAt, null);
  assert.equal(faster.losses, plain.losses, 'the same bits');
  assert.equal(
    faster.heldOut.map(({ step, loss }) => [step, loss]),
    plain.heldOut.map(({ step, loss }) => [step, loss]),
  );
  assert.is(lookahead.losses[0], plain.losses[0], 'the same weights and batches');
  assert.is.not(lookahead.losses[1], plain.losses[1]);
  // The slow weights stay where they are from one merge to the next, after steps 3 and 6.
  const slow = lookahead.heldOut.map(({ loss }) => loss);
  assert.equal([slow[1], slow[4], slow[6]], [slow[0], slow[3], slow[5]]);
  assert.is(new Set(slow).size, 3);
  for (const { heldOutLoss, heldOut } of runs) {
    assert.is(heldOutLoss, heldOut.at(-1).loss);
    assert.match(stdout, ` ${heldOutLoss.toFixed(3)} │`);
  }
  assert.match(output('loss.svg'), /^<svg [\s\S]*<\/svg>$/);
  for (const { name, lr } of runs) assert.match(output('loss.svg'), `${name}, rate ${lr}: 7 steps`);
  assert.match(inOneLine(stdout), inOneLine(formatConclusion({ runs, unigramLoss, differsAt })));
  assert.match(stderr, /100 % +Adam \d\.\d+ +Faster Adam \d\.\d+ +Lookahead \d\.\d+/);

  const again = run('--steps', '7', '--k', '3', '--text', shortText);
  assert.is(again.status, 0, again.stderr);
  assert.equal(
    outcomes().runs.map(({ losses }) => losses),
    runs.map(({ losses }) => losses),
  );
});

/** A run that takes no time of its own: each step does something, and has a loss. */
const fake = (step) => ({ trainer: { minimize: () => tf.scalar(step()), withSlowWeights: (fn) => fn() }, batches: [] });

test('a run that diverges says so, and the others go on', async () => {
  await tf.setBackend('wasm');
  const steps = [0, 0];
  const results = await train({
    runs: [fake(() => (++steps[0] === 3 ? Number.NaN : 2)), fake(() => ++steps[1])],
    plan: { steps: 5, evaluations: 0 },
  });
  assert.equal(steps, [3, 5]);
  assert.equal(
    results.map(({ divergedAt }) => divergedAt),
    [3, null],
  );

  const { status, stdout, stderr } = run('--steps', '4', '--lr', '1e38', '--text', shortText);
  assert.is(status, 0, stderr);
  const { runs, sample } = outcomes();
  assert.is(sample, null);
  for (const { divergedAt, heldOutLoss } of runs) {
    assert.type(divergedAt, 'number');
    assert.is(heldOutLoss, null);
    assert.match(stdout, `diverged at step ${divergedAt}`);
  }
  assert.match(inOneLine(stdout), /both diverge at this learning rate\./);
  assert.match(inOneLine(stdout), /Lookahead, at twice the learning rate and as fast, diverges as well\./);
  assert.match(output('loss.svg'), /diverged at step/);
});

test('the runs take turns, so that a busy machine slows all, until each has had its steps or its time', async () => {
  await tf.setBackend('wasm');
  const order = [];
  const named = (name, milliseconds = 0) =>
    fake(() => {
      order.push(name);
      const end = performance.now() + milliseconds;
      while (performance.now() < end);
      return 1;
    });
  const told = [];
  await train({
    runs: [named('adam'), named('lookahead')],
    plan: { steps: 4, evaluations: 0 },
    onStep: (share) => told.push(share),
  });
  assert.equal(order.join(' '), Array(4).fill('adam lookahead').join(' '));
  assert.equal(
    told,
    [1, 2, 3, 4, 5, 6, 7, 8].map((step) => step / 8),
  );

  const results = await train({
    runs: [named('slow', 20), named('fast', 5)],
    plan: { seconds: 0.2, evaluations: 0 },
  });
  const [slow, fast] = results;
  assert.ok(fast.losses.length > slow.losses.length);
  for (const { seconds, milliseconds } of results) {
    assert.ok(seconds >= 0.2 && seconds - milliseconds.at(-1) / 1000 < 0.2, `${seconds} s`);
  }
});

test('the kernels are there for those steps alone that ask for them', async () => {
  await tf.setBackend('wasm');
  const has = () => Number(tf.getKernel('Conv2DBackpropFilter', 'wasm') !== undefined);
  const seen = [false, true, false].map((hasKernels) => {
    const each = fake(has);
    each.trainer.hasKernels = hasKernels;
    return each;
  });
  const results = await train({ runs: seen, plan: { steps: 2, evaluations: 0 } });
  assert.equal(
    results.map(({ losses }) => losses),
    [
      [0, 0],
      [1, 1],
      [0, 0],
    ],
  );
});

const timed = { step: 0.1, evaluation: 0.5 };
const plan = (asked, times = timed) => planTraining({ runs: 3, ...asked }, times);

test('as much time as was asked for, on a fast machine and on a slow one, with a third of it for evaluations at most', () => {
  // Ten evaluations of three runs take 15 s of 45.
  assert.equal(plan({ seconds: 45 }), { seconds: 10, evaluations: 10, total: 45 });
  for (const times of [
    { step: 0.003, evaluation: 0.004 },
    { step: 0.06, evaluation: 0.1 },
    { step: 2.7, evaluation: 4 },
  ]) {
    const { seconds, evaluations, total } = plan({ seconds: 45 }, times);
    assert.ok(total <= 45 && total > 44, `${total} s`);
    assert.ok(evaluations >= 1 && evaluations <= 12);
    assert.ok(3 * seconds >= 30);
  }
});

test('steps that were asked for are taken, however long that is; and there is one at least', () => {
  const { steps, evaluations, total } = plan({ steps: 1000 });
  assert.equal([steps, evaluations], [1000, 12]);
  assert.ok(Math.abs(total - (100 + 18)) < 1e-9);
  assert.is(plan({ steps: 5 }).evaluations, 5);
  const least = plan({ seconds: 0.001 });
  assert.ok(least.seconds > 0);
  assert.is(least.evaluations, 1);
  assert.ok(Math.abs(least.total - 1.6) < 1e-9, 'a step of each, and an evaluation');
});

test('--seconds: the program says how many before it trains', () => {
  const { status, stdout } = run('--seconds', '0.01', '--text', shortText);
  assert.is(status, 0);
  const { runs, options } = outcomes();
  assert.is(options.seconds, 0.01);
  assert.match(stdout, /^The training takes about \d+ s: 1 s for each of the three, in turns\.$/m);
  for (const { steps, losses, heldOut } of runs) {
    assert.ok(steps >= 1);
    assert.is(losses.length, steps);
    assert.is(heldOut.at(-1).step, steps);
  }
});

test('runs that have learned less than the character frequencies are not compared', () => {
  const conclude = (...losses) => {
    const runs = losses.map((heldOutLoss) => ({ heldOutLoss, stepMilliseconds: 1, steps: 1 }));
    return inOneLine(formatConclusion({ unigramLoss: 3, runs, differsAt: null }));
  };
  assert.match(conclude(3, null, 4), /no loss to compare yet/);
  assert.match(conclude(null, null, null), /diverges as well\./);
  assert.match(conclude(3, 2.9, 2.5), /Lookahead, at twice the learning rate and as fast, is ahead by another 0\.400/);
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
  // npm makes this of `npm start --steps 5` and `npm start --steps=5`.
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
    [['--seconds', '0'], /--seconds.*'0'.*positive/],
    [['--seconds', '9', '--steps', '9'], /'--seconds' and '--steps' exclude each other\. Leave one out/],
    [['--k', '1.5'], /--k.*'1\.5'.*at least 1/],
    [['--alpha', '2'], /--alpha.*'2'.*0 to 1/],
    [['--lr', '-1'], /--lr.*'-1'.*positive/],
    [['--seed', 'x'], /--seed.*'x'.*integer/],
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
