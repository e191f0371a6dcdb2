/** The language model of `npm start`, a few steps of it: both APIs give the same curves, and mistakes one clear line. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { conclude } from '../../examples/language-model/conclusion.js';
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
/** What was wrapped, to look for phrases. */
const inOneLine = (text) => text.replace(/\s+/g, ' ');
const output = (name) => readFileSync(join(folder, 'out', name), 'utf8');

const test = suite('examples/language-model');
test.after(() => rmSync(folder, { recursive: true }));

/** Little to evaluate on, so that it takes less time. */
const shortText = join(folder, 'short-text.txt');
writeFileSync(shortText, Array.from({ length: 200 }, (_, i) => `${i} times ${i} is ${i * i}\n`).join(''));

/** Both APIs with the same settings, their results compared. */
function runBothApis(...args) {
  const results = ['sync', 'optimizer'].map((api) => {
    const { status, stdout, stderr } = run('--steps', '7', '--k', '3', '--text', shortText, '--api', api, ...args);
    assert.is(status, 0, stderr);
    assert.match(stdout, /^The training takes about \d.* s: 7 steps of each run\.$/m);
    assert.match(inOneLine(stdout), /Lookahead counted 14 steps and merged 4 times/);
    assert.is(/which fuses the step of Adam \(wasm-simd\)/.test(inOneLine(stdout)), api === 'optimizer');
    for (const line of stdout.slice(0, stdout.indexOf('Sample')).split('\n')) assert.ok(line.length < 80, line);
    assert.match(output('loss.svg'), /^<svg [\s\S]*<\/svg>$/);
    const { runs, sample, options } = JSON.parse(output('results.json'));
    const reproducible = runs.map(({ stepMilliseconds, milliseconds, lookaheadCost, ...rest }) => rest);
    return { stdout, options, sample, runs: reproducible };
  });
  const [{ sample, runs, options, stdout }, other] = results;
  assert.equal([other.sample, other.runs], [sample, runs]);
  return { runs, options, stdout };
}

test('four runs: Adam and Lookahead at two rates, by both APIs, in one table, one picture and one sentence', () => {
  const { runs, options, stdout } = runBothApis();
  assert.equal(
    runs.map(({ name, lr }) => [name, lr]),
    [
      ['Adam', 0.02],
      ['Lookahead', 0.02],
      ['Adam', 0.05],
      ['Lookahead', 0.05],
    ],
  );
  assert.equal(options.slowStep, { alpha: 0.5 });
  for (const [adam, lookahead] of [runs.slice(0, 2), runs.slice(2)]) {
    assert.equal(lookahead.losses.slice(0, 3), adam.losses.slice(0, 3), 'the same until the first merge');
    assert.not.equal(lookahead.losses.slice(3), adam.losses.slice(3));
    // The slow weights stay where they are from one merge to the next, after steps 3 and 6.
    const slow = lookahead.validation.map(({ loss }) => loss);
    assert.equal([slow[1], slow[4], slow[6]], [slow[0], slow[3], slow[5]]);
    assert.is(new Set(slow).size, 3);
    assert.is(lookahead.validationLoss, slow.at(-1));
    assert.not.equal(lookahead.fastValidationLoss, lookahead.validationLoss);
  }
  for (const { validationLoss } of runs) assert.match(stdout, ` ${validationLoss.toFixed(3)} │`);
  const picture = output('loss.svg');
  for (const label of ['Adam, rate 0.02', 'Lookahead, rate 0.02', 'Adam, rate 0.05', 'Lookahead, rate 0.05']) {
    assert.match(picture, label);
  }
  const sentence = conclude(
    [0, 2].map((i) => ({
      lr: runs[i].lr,
      adam: runs[i].validationLoss,
      lookahead: runs[i + 1].validationLoss,
    })),
  );
  assert.match(inOneLine(stdout), sentence);
});

test('--outer steps the slow weights with an optimizer, at the rate of its paper or another', () => {
  const { options, stdout } = runBothApis('--outer', 'nesterov');
  assert.equal(options.slowStep, { outer: 'nesterov', rate: 0.7, momentum: 0.9 });
  assert.match(stdout, /k 3, outer nesterov, its rate 0\.7 and momentum 0\.9/);
  const slowStepOf = (...args) => {
    const { status, stderr } = run('--steps', '1', '--k', '1', '--text', shortText, ...args);
    assert.is(status, 0, stderr);
    const results = JSON.parse(output('results.json'));
    return { slowStep: results.options.slowStep, loss: results.runs[1].validationLoss };
  };
  const half = slowStepOf('--alpha', '0.5');
  const sgd = slowStepOf('--outer', 'sgd');
  assert.equal(sgd.slowStep, { outer: 'sgd', rate: 0.5 });
  assert.ok(Math.abs(sgd.loss - half.loss) < 1e-5, 'SGD outside is Lookahead');
  assert.equal(slowStepOf('--outer', 'momentum', '--outer-rate', '0.5', '--outer-momentum', '0').slowStep, {
    outer: 'momentum',
    rate: 0.5,
    momentum: 0,
  });
  assert.equal(slowStepOf('--outer', 'adam').slowStep, { outer: 'adam', rate: 0.01 });
});

test('a run that diverges says so, and the others go on', async () => {
  await tf.setBackend('cpu');
  const steps = [0, 0];
  const fake = (i, lossAt) => ({ trainer: { minimize: () => tf.scalar(lossAt(++steps[i])) }, batches: [] });
  const results = await train({
    runs: [fake(0, (step) => (step === 3 ? Number.NaN : 2)), fake(1, () => 3)],
    steps: 5,
  });
  assert.equal(steps, [3, 5]);
  assert.equal(
    results.map(({ divergedAt }) => divergedAt),
    [3, null],
  );

  const { status, stdout, stderr } = run('--steps', '4', '--lr', '1e38', '--text', shortText);
  assert.is(status, 0, stderr);
  const { runs, sample } = JSON.parse(output('results.json'));
  assert.is(sample, null);
  for (const { divergedAt, validationLoss } of runs) {
    assert.type(divergedAt, 'number');
    assert.is(validationLoss, null);
    assert.match(stdout, `diverged at step ${divergedAt}`);
  }
  assert.match(inOneLine(stdout), /At the learning rate 1e\+38 Adam diverges, alone and in Lookahead;/);
  assert.match(output('loss.svg'), /diverged at step/);
});

test('the models take turns, a step each, so that a busy machine slows all, and all show their progress', async () => {
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
    onStep: (step, soFar) => told.push([step, ...soFar.map(({ losses }) => losses.length)]),
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
    [1, 1, 1],
    [2, 2, 2],
    [3, 3, 3],
    [4, 4, 4],
  ]);
  const { status, stderr } = run('--steps', '2');
  assert.is(status, 0, stderr);
  assert.match(stderr, /2\/2 +Adam \d\.\d+, \d\.\d+ +Lookahead \d\.\d+, \d\.\d+/);
});

const timed = { step: 0.1, evaluation: 0.5 };
const plan = (asked, times = timed) => planTraining({ k: 5, runs: 4, ...asked }, times);

test('as many steps as fit the time, on a fast machine and on a slow one, with a third of it for evaluations at most', () => {
  const { steps, evaluateAt, seconds, workAt } = plan({ seconds: 60 });
  // Ten evaluations of four runs take 20 s. In the other 40 s there is time for 100 steps, and the 100th ends in a merge.
  assert.is(steps, 99);
  assert.equal(evaluateAt, [10, 20, 30, 40, 50, 59, 69, 79, 89, 99]);
  assert.ok(Math.abs(seconds - 59.6) < 1e-9, `${seconds}`);
  assert.equal([0, 9, 10, 99].map(workAt), [0, 9, 15, 149]);
  for (const times of [
    { step: 0.001, evaluation: 0.004 },
    { step: 0.02, evaluation: 0.1 },
    { step: 0.9, evaluation: 4 },
  ]) {
    const fitted = plan({ seconds: 60 }, times);
    assert.ok(fitted.seconds <= 60 && fitted.seconds > 45, `${fitted.seconds} s`);
    assert.is(fitted.evaluateAt.at(-1), fitted.steps);
    assert.ok(fitted.evaluateAt.length <= 12);
  }
});

test('steps that were asked for are taken, however long that is; and there is one at least', () => {
  const { steps, evaluateAt, seconds } = plan({ steps: 1000 });
  assert.equal([steps, evaluateAt.length], [1000, 12]);
  assert.ok(Math.abs(seconds - (400 + 24)) < 1e-9);
  assert.equal(plan({ steps: 5 }).evaluateAt, [1, 2, 3, 4, 5]);
  for (const k of [1, 5]) assert.equal(plan({ seconds: 0.001, k }).evaluateAt, [1]);
  assert.is(plan({ seconds: 60, k: 7 }).steps, 100);
});

test('--seconds: all runs take the same steps, and the program says how many before it trains', () => {
  const { status, stdout } = run('--seconds', '0.01', '--text', shortText);
  assert.is(status, 0);
  const { runs, options, steps } = JSON.parse(output('results.json'));
  assert.is(options.seconds, 0.01);
  assert.match(stdout, `: ${steps} steps of each run.`);
  for (const { losses, validation } of runs) {
    assert.is(losses.length, steps);
    assert.is(validation.at(-1).step, steps);
  }
  assert.match(output('loss.svg'), `>${steps} steps each, `);
});

test('runs that have learned less than the character frequencies are not compared', () => {
  const conclude = (...losses) => {
    const runs = losses.map((validationLoss, i) => ({ lr: 0.02, validationLoss, lookaheadCost: i ? {} : undefined }));
    return inOneLine(formatConclusion({ unigramLoss: 3, runs }));
  };
  assert.match(conclude(3, null), /nothing to compare yet/);
  assert.match(conclude(null, null), /Adam diverges, alone and in Lookahead\./);
  assert.match(conclude(3, 2.9), /^At the learning rate 0\.02 Lookahead is ahead by 0\.100/);
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
    [['--seconds', '0'], /--seconds.*'0'.*positive/],
    [['--seconds', '9', '--steps', '9'], /'--seconds' and '--steps' exclude each other\. Leave one out/],
    [['--k', '1.5'], /--k.*'1\.5'.*at least 1/],
    [['--alpha', '2'], /--alpha.*'2'.*0 to 1/],
    [['--lr', '-1'], /--lr.*'-1'.*positive/],
    [['--seed', 'x'], /--seed.*'x'.*integer/],
    [['--backend', 'gpu'], /--backend.*'gpu'.*wasm, cpu/],
    [['--api', 'both'], /--api.*'both'.*optimizer, sync/],
    [['--outer', 'lion'], /--outer.*'lion'.*none, sgd, momentum, nesterov, adam/],
    [['--outer', 'sgd', '--alpha', '0.5'], /'--alpha' and '--outer sgd' exclude each other.*Leave one out/],
    [['--outer-rate', '1'], /'--outer-rate' needs an optimizer: add '--outer <name>'/],
    [['--outer', 'none', '--outer-momentum', '0.9'], /'--outer-momentum' needs an optimizer/],
    [['--outer', 'adam', '--outer-momentum', '0.9'], /'--outer-momentum' does not go with '--outer adam'/],
    [['--outer', 'nesterov', '--outer-rate', '0'], /--outer-rate.*'0'.*positive/],
    [['--outer', 'nesterov', '--outer-momentum', '1'], /--outer-momentum.*'1'.*less than 1/],
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
