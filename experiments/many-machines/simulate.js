import * as tf from '@tensorflow/tfjs';
import { fused, Lookahead } from 'tfjs-lookahead';
import { mulberry32 } from '../../tools/random.js';
import { classes, features, makeData, sampleCount, splitData } from './data.js';
import { losses, makeWeights } from './model.js';

/**
 * Trains together, in one process. Every peer is a row of each variable, and all steps and merges are elementwise, so that they
 * stay apart: rows for each learning rate, in it for each seed, in it for each peer. A peer takes `localSteps` steps of SGD in a round.
 *
 * @param settings.outer the rate and the momentum of Nesterov's outside, or null: the average is taken as it is.
 * @param settings.participants of the peers in each round, drawn anew. The others do nothing in it.
 * @param settings.velocity whose it is: 'own', each peer merges with its own before it sends; 'fresh', likewise, but it is zero at
 * the start of each round, as of a peer that comes once; 'one', all merge with the same after the average.
 * @param settings.stale the share of peers that start a round from the weights of the round before.
 * @returns for each rate, for each seed, the loss over the whole data set after each of `evaluations`, evenly spaced.
 */
export function simulate(settings, tell) {
  const { peers, participants, localSteps, learningRates, seeds, velocity, stale, batch, steps, evaluations } =
    settings;
  const rows = { rates: learningRates.length, seeds: seeds.length, peers };
  const randoms = seeds.map((seed) => mulberry32(1000 * seed + 1));
  const data = seeds.map(makeData);
  const samples = splitData(settings.split, peers);
  const weights = makeWeights(randoms, { groups: rows.rates, copies: peers });
  const rates = tf.tensor1d(learningRates.flatMap((lr) => new Array(rows.seeds * peers).fill(lr)));
  // The rates are in the loss, so that they can differ.
  const optimizer = fused(tf.train.sgd(1));
  const lookahead = new Lookahead(weights, { k: Number.POSITIVE_INFINITY, ...slowStep(settings.outer) });
  const whole = wholeData(data);
  const rounds = steps / localSteps;
  const results = [];
  let global = weights.map((weight) => weight.clone());
  for (let round = 1; round <= rounds; ++round) {
    const takePart = drawMask(randoms, rows, participants);
    for (let step = 0; step < localSteps; ++step) {
      tf.tidy(() => {
        const { x, y } = drawBatches(randoms, data, samples, { batch, rates: rows.rates });
        optimizer.minimize(() => tf.sum(tf.mul(rates, losses(weights, x, y))), false, weights);
      });
    }
    if (velocity === 'one') {
      writeAverage(weights, rows, takePart);
      lookahead.flush();
    } else {
      if (velocity === 'own' && participants === peers) lookahead.flush();
      else mergeParticipants(lookahead, takePart, velocity);
      writeAverage(weights, rows, takePart);
      lookahead.adopt();
    }
    if (Number.isInteger((round * evaluations) / rounds)) {
      results.push(evaluate(weights, rows, whole));
      tell(round / rounds);
    }
    const before = global;
    global = weights.map((weight) => weight.clone());
    if (stale > 0) {
      const areStale = drawMask(randoms, rows, Math.round(stale * peers));
      weights.forEach((weight, i) => {
        tf.tidy(() => weight.assign(whereRow(areStale, before[i], weight)));
      });
      lookahead.adopt();
      areStale.dispose();
    }
    tf.dispose([takePart, before]);
  }
  lookahead.dispose();
  optimizer.dispose();
  tf.dispose([weights, global, whole, rates]);
  return learningRates.map((_, i) => seeds.map((_, j) => results.map((each) => each[i * rows.seeds + j])));
}

const slowStep = (outer) =>
  outer ? { outer: fused(tf.train.momentum(outer.rate, outer.momentum, true)) } : { alpha: 1 };

/** Marks so many of the peers of each seed, the same for all learning rates. */
function drawMask(randoms, { rates, peers }, count) {
  const ofGroup = randoms.flatMap((random) => {
    if (count === peers) return new Array(peers).fill(1);
    const order = Array.from({ length: peers }, (_, peer) => ({ peer, place: random() }));
    const chosen = new Set(
      order
        .sort((a, b) => a.place - b.place)
        .slice(0, count)
        .map(({ peer }) => peer),
    );
    return Array.from({ length: peers }, (_, peer) => Number(chosen.has(peer)));
  });
  return tf.tidy(() => tf.tile(tf.tensor3d(ofGroup, [ofGroup.length, 1, 1], 'bool'), [rates, 1, 1]));
}

/** The same for all learning rates. (Copied here, since tf.tile takes longer on wasm than all the rest of a step.) */
function drawBatches(randoms, data, samples, { batch, rates }) {
  const rows = randoms.length * samples.length;
  const x = new Float32Array(rates * rows * batch * features);
  const y = new Float32Array(rates * rows * batch * classes);
  let place = 0;
  randoms.forEach((random, seed) => {
    for (const mine of samples) {
      for (let i = 0; i < batch; ++i, ++place) {
        const sample = mine[Math.floor(mine.length * random())];
        for (let j = 0; j < features; ++j) x[place * features + j] = data[seed].x[sample * features + j];
        y[place * classes + data[seed].labels[sample]] = 1;
      }
    }
  });
  for (const values of [x, y]) {
    for (let i = 1; i < rates; ++i) values.copyWithin((i * values.length) / rates, 0, values.length / rates);
  }
  return {
    x: tf.tensor3d(x, [rates * rows, batch, features]),
    y: tf.tensor3d(y, [rates * rows, batch, classes]),
  };
}

/** A peer that does not take part keeps its velocity. */
function mergeParticipants(lookahead, takePart, velocity) {
  const isVelocity = (name) => name.startsWith('lookahead:1/outer/');
  const before = lookahead.getWeights();
  lookahead.flush();
  tf.tidy(() => {
    const after = lookahead.getWeights();
    const held = new Map(before.map(({ name, tensor }) => [name, tensor]));
    const kept = after.map(({ name, tensor }) => {
      if (!isVelocity(name)) return { name, tensor };
      const old = held.get(name) ?? tf.zerosLike(tensor);
      return { name, tensor: velocity === 'fresh' ? tf.zerosLike(tensor) : whereRow(takePart, tensor, old) };
    });
    lookahead.setWeights(kept);
  });
  tf.dispose(before.map(({ tensor }) => tensor));
}

const whereRow = (mask, a, b) => tf.where(tf.broadcastTo(mask, a.shape), a, b);

function writeAverage(weights, { rates, seeds, peers }, takePart) {
  tf.tidy(() => {
    const share = tf.cast(takePart, 'float32');
    const count = tf.sum(tf.reshape(share, [rates * seeds, peers, 1, 1]), 1, true);
    for (const weight of weights) {
      const [, height, width] = weight.shape;
      const sum = tf.sum(tf.reshape(tf.mul(weight, share), [rates * seeds, peers, height, width]), 1, true);
      const each = tf.zeros([rates * seeds, peers, height, width]);
      weight.assign(tf.reshape(tf.add(each, tf.div(sum, count)), weight.shape));
    }
  });
}

function wholeData(data) {
  return tf.tidy(() => ({
    x: tf.stack(data.map(({ x }) => tf.tensor2d(x, [sampleCount, features]))),
    y: tf.stack(data.map(({ labels }) => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), classes), 'float32'))),
  }));
}

/** The loss of the first peer of each seed, which after a round is that of all. */
function evaluate(weights, { rates, seeds, peers }, { x, y }) {
  return tf.tidy(() => {
    const firsts = tf.range(0, rates * seeds * peers, peers, 'int32');
    const first = weights.map((weight) => tf.gather(weight, firsts));
    return [...losses(first, tf.tile(x, [rates, 1, 1]), tf.tile(y, [rates, 1, 1])).dataSync()];
  });
}
