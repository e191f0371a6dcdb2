/**
 * The simulation of many machines, in short form: how the data are split, who keeps the velocity, and the committed
 * figures in part.
 */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { toCell } from '../../experiments/many-machines/cells.js';
import { classes, features, makeData, sampleCount, splitData } from '../../experiments/many-machines/data.js';
import { runs } from '../../experiments/many-machines/experiment.js';
import { losses, makeWeights } from '../../experiments/many-machines/model.js';
import { simulate } from '../../experiments/many-machines/simulate.js';
import { mulberry32 } from '../../tools/random.js';
import { tf } from '../support/tf.js';

const read = (path) => readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8');
const committed = JSON.parse(read('experiments/many-machines.json'));

const test = suite('many machines, simulated');
test.before(() => tf.setBackend('wasm'));

test('every sample is with one peer, all peers have as many, and unequal data are of two classes', () => {
  const { labels } = makeData(1);
  for (const split of ['equal', 'unequal']) {
    for (const peers of [1, 4, 16, 64]) {
      const samples = splitData(split, peers);
      assert.equal(
        samples.flat().sort((a, b) => a - b),
        Array.from({ length: sampleCount }, (_, i) => i),
      );
      for (const mine of samples) {
        assert.is(mine.length, sampleCount / peers);
        assert.is(new Set(mine.map((i) => labels[i])).size, split === 'unequal' && peers > 1 ? 2 : classes);
      }
    }
  }
});

const small = {
  ...{ peers: 8, participants: 8, split: 'unequal', localSteps: 5, outer: { rate: 0.7, momentum: 0.9 } },
  ...{ velocity: 'own', stale: 0, learningRates: [0.05, 0.1], batch: 4, steps: 40, evaluations: 4, seeds: [1, 2] },
};
const play = (settings) => simulate({ ...small, ...settings }, () => {});
const distance = (a, b) =>
  a
    .flat(2)
    .map((loss, i) => Math.abs(loss - b.flat(2)[i]))
    .reduce((one, other) => Math.max(one, other));

/** Rounding of float32, on losses below 3, that 40 steps have magnified; other settings are off by far more. */
const rounding = 1e-4;

test('if all take part, it makes no difference whether all have one velocity or each its own', () => {
  const own = play({ velocity: 'own' });
  assert.ok(distance(own, play({ velocity: 'one' })) < rounding);
  assert.ok(distance(own, play({ velocity: 'fresh' })) > 100 * rounding);
});

test('a velocity that is always 0 is no momentum, only a longer step; without momentum it matters to nobody whose it is', () => {
  const participants = 3;
  const none = { rate: 0.7 * 1.9, momentum: 0 };
  const fresh = play({ participants, velocity: 'fresh' });
  for (const velocity of ['own', 'one']) {
    assert.ok(distance(fresh, play({ participants, velocity, outer: none })) < rounding, velocity);
    assert.ok(distance(fresh, play({ participants, velocity })) > 100 * rounding, velocity);
  }
});

test('averaging every step is one peer that has the batches of all', () => {
  const [seed, learningRates, steps] = [3, [0.2, 1], 20];
  const { peers, split, batch } = small;
  const averaged = play({ outer: null, localSteps: 1, seeds: [seed], learningRates, steps, evaluations: steps });
  const { x, labels } = makeData(seed);
  const loss = (weights, indices) => {
    const rows = indices.flatMap((i) => [...x.subarray(i * features, (i + 1) * features)]);
    const y = tf.oneHot(tf.tensor2d([indices.map((i) => labels[i])], [1, indices.length], 'int32'), classes);
    return tf.sum(losses(weights, tf.tensor3d(rows, [1, indices.length, features]), tf.cast(y, 'float32')));
  };
  const all = Array.from(labels, (_, i) => i);
  learningRates.forEach((lr, i) => {
    tf.tidy(() => {
      const random = mulberry32(1000 * seed + 1);
      const weights = makeWeights([random], { groups: 1, copies: 1 });
      const optimizer = tf.train.sgd(lr);
      for (let step = 0; step < steps; ++step) {
        const drawn = splitData(split, peers).flatMap((mine) =>
          Array.from({ length: batch }, () => mine[Math.floor(mine.length * random())]),
        );
        optimizer.minimize(() => loss(weights, drawn), false, weights);
        const difference = Math.abs(averaged[i][0][step] - loss(weights, all).dataSync()[0]);
        assert.ok(difference < rounding, `step ${step + 1} at ${lr}: ${difference}`);
      }
    });
  });
});

test('no tensor is left over, except a scalar that the momentum of TensorFlow.js leaks', () => {
  const before = tf.memory().numTensors;
  play({ participants: 3, stale: 0.5 });
  play({ velocity: 'one' });
  assert.is(tf.memory().numTensors, before + 2);
  play({ outer: null });
  assert.is(tf.memory().numTensors, before + 2);
});

test('the committed figures are those that the simulation gives', () => {
  assert.is(committed.cells.length, runs.length);
  const isShort = ({ peers, localSteps, participants, velocity }) =>
    (peers === 4 && localSteps <= 10) || (participants === 6 && velocity !== 'one');
  const chosen = runs
    .map((settings, i) => ({ settings, cell: committed.cells[i] }))
    .filter(({ settings }) => isShort(settings));
  assert.ok(chosen.length > 7);
  for (const { settings, cell } of chosen) {
    for (const key of ['peers', 'split', 'localSteps', 'participants', 'velocity', 'stale']) {
      assert.is(cell[key], settings[key]);
    }
    assert.is(cell.momentum, settings.outer !== null);
    const { steps, evaluations } = settings;
    const [ofSeeds] = simulate(
      { ...settings, learningRates: [cell.lr], steps: (2 * steps) / evaluations, evaluations: 2 },
      () => {},
    );
    assert.equal(
      ofSeeds.map((each) => each.map((loss) => Number(loss.toPrecision(6)))),
      cell.losses.map((each) => each.slice(0, 2)),
      JSON.stringify(settings),
    );
  }
});

test('the figures that docs/many-machines.md quotes are on the page of the experiment', () => {
  const figuresIn = (path) => read(path).match(/\b\d\.\d{3}\b/g);
  const measured = new Set(figuresIn('experiments/many-machines.md'));
  const quoted = figuresIn('many-machines.md');
  assert.ok(quoted.length > 10);
  assert.equal(
    quoted.filter((figure) => !measured.has(figure)),
    [],
  );
});

test('of several learning rates the one with the lowest last loss counts, and none that diverges', () => {
  const settings = { ...small, learningRates: [1, 2, 3], steps: 10, localSteps: 5, evaluations: 2 };
  const result = [
    [
      [3, 2],
      [3, 2],
    ],
    [
      [3, 1],
      [3, 2],
    ],
    [
      [3, Number.NaN],
      [0, 0],
    ],
  ];
  const cell = toCell({ settings, result });
  assert.is(cell.lr, 2);
  assert.equal(cell.final, [1, 2]);
});

test.run();
