/** The time left, as a progress line tells it, by a clock of the test. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as stepReport from '../../bench/report/step.js';
import { runPlans } from '../../bench/run-sections.js';
import { inWords, timeLeft } from '../../tools/progress.js';

const clock = () => {
  const at = { seconds: 0 };
  return { at, now: () => 1000 * at.seconds };
};

const test = suite('progress');

test('nobody can tell before something is done; what came before the first report does not count', () => {
  const { at, now } = clock();
  const left = timeLeft(100, { now });
  assert.is(left(0), '–');
  at.seconds = 50; // processes start
  assert.is(left(2), '–');
  at.seconds = 60;
  assert.is(left(12), '88 s');
  at.seconds = 62;
  assert.is(left(42), '18 s'); // 40 in 12 s, 58 more
  assert.is(left(100), '0 s');
});

test('no more than it takes at most', () => {
  const { at, now } = clock();
  const left = timeLeft(10, { seconds: 90, now });
  assert.is(left(0), '90 s');
  at.seconds = 40;
  assert.is(left(1), '50 s');
  at.seconds = 41;
  assert.is(left(9), '1 s');
  at.seconds = 100;
  assert.is(left(9), '0 s');
});

test('in words', () => {
  assert.equal([0, 0.2, 59.1, 99, 99.5, 125, 3599.5, 7500].map(inWords), [
    '0 s',
    '1 s',
    '60 s',
    '99 s',
    '1 min 40 s',
    '2 min 5 s',
    '1 h 0 min',
    '2 h 5 min',
  ]);
});

/** Measurements that take some seconds of the clock each. */
function plansOf(sections, { at }) {
  return Object.entries(sections).map(([name, seconds]) => ({
    name,
    section: {},
    tasks: {
      rows: seconds.map((each) => async () => {
        at.seconds += each;
        return each;
      }),
    },
  }));
}

test('a benchmark that has a time leaves out what it has none for, and every section gets a part', async () => {
  const time = clock();
  const reported = [];
  const plans = plansOf({ training: [10, 20, 20, 40], step: [5, 5, 5, 5], sync: [15, 20, 20] }, time);
  const { now } = time;
  assert.equal(await runPlans(plans, (name) => reported.push(name), { seconds: 90, now }), {
    // At 30 s there is no time for another 20 s of the 45; then there are 60 s left, half of them for the steps.
    training: { rows: [10, 20], leftOut: 2 },
    step: { rows: [5, 5, 5, 5] },
    // The last has the other 40 s to itself.
    sync: { rows: [15, 20], leftOut: 1 },
  });
  assert.is(reported.length, 11, 'what is left out counts as done');
  assert.ok(time.at.seconds <= 90);
});

test('a step that was left out is a dash in the tables', () => {
  const ns = Object.fromEntries(['tfjs', 'fused', 'copy'].map((name) => [name, { median: 1000 }]));
  const row = (set, optimizer) => ({
    ...{ backend: 'wasm', set, optimizer, variables: 1, weights: 1, ns },
    ratios: { fused: { median: 0.5 } },
  });
  const sets = [row('small', 'Adam'), row('small', 'SGD'), row('large', 'Adam')];
  const { rows } = stepReport.tables({ sets, sizes: [] }).find(({ name }) => name === 'step-ratios');
  assert.equal(rows, [
    ['wasm', 'Adam', '2 x', '2 x'],
    ['wasm', 'SGD', '2 x', '–'],
  ]);
});

test('a benchmark without a limit leaves out nothing', async () => {
  const time = clock();
  const plans = plansOf({ training: [1000, 2000], step: [5000] }, time);
  assert.equal(await runPlans(plans, () => {}, { now: time.now }), {
    training: { rows: [1000, 2000] },
    step: { rows: [5000] },
  });
});

test.run();
