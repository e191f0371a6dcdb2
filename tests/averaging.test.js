/**
 * Peers that average their weights may merge before they send or after: with SGD or a momentum outside it is the same, since
 * the merge is then linear in the fast weights.
 */
import { Lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { assertSameBits, randomValues } from './support/reference.js';
import { valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';

const mean = (lists) =>
  lists[0].map((_, i) => Math.fround(lists.reduce((sum, list) => sum + list[i], 0) / lists.length));

/** A Lookahead over one variable, whose fast weights are moved by hand. */
class Peer {
  constructor(start, outer) {
    this.outer = outer;
    this.weight = newVariable(start, [start.length]);
    this.lookahead = new Lookahead([this.weight], { k: Number.POSITIVE_INFINITY, outer });
  }

  async read() {
    const [values] = await valuesOf([this.weight]);
    return values;
  }

  write(values) {
    tf.tidy(() => this.weight.assign(tf.tensor1d(values)));
  }

  async move(by) {
    this.write((await this.read()).map((value, i) => value + by[i]));
  }

  /** With the scalar that MomentumOptimizer leaks. */
  dispose() {
    this.lookahead.dispose();
    if (this.outer.getClassName() === 'Momentum') this.outer.c.dispose();
  }
}

/** One round of peers that start it from the same weights. @returns the weights that they end it with. */
const orders = {
  async before(peers) {
    for (const { lookahead } of peers) lookahead.flush();
    const average = mean(await Promise.all(peers.map((peer) => peer.read())));
    for (const peer of peers) {
      peer.write(average);
      peer.lookahead.adopt();
    }
  },
  async after(peers) {
    const average = mean(await Promise.all(peers.map((peer) => peer.read())));
    for (const peer of peers) {
      peer.write(average);
      peer.lookahead.flush();
    }
  },
};

async function playRound(order, peers, moves) {
  await Promise.all(peers.map((peer, i) => peer.move(moves[i])));
  await orders[order](peers);
  const weights = await valuesOf(peers.flatMap(({ weight, lookahead }) => [weight, ...lookahead.slowWeights]));
  return { weights: weights[0], areEqual: weights.every((each) => String(each) === String(weights[0])) };
}

/** @returns the weights after each round. */
async function play(order, outer, { start, rounds }) {
  const peers = rounds[0].map(() => new Peer(start, outer()));
  const trace = [];
  for (const moves of rounds) {
    const { weights, areEqual } = await playRound(order, peers, moves);
    assert.ok(areEqual);
    trace.push(weights);
  }
  for (const peer of peers) peer.dispose();
  return trace;
}

const size = 5;
const peerCount = 4;
const moves = (round, scale = 1) =>
  Array.from({ length: peerCount }, (_, i) => randomValues(size, 10 * round + i).map((value) => value * scale));

/** Where every number is a dyadic fraction of few bits, nothing rounds. */
const dyadic = {
  start: Float32Array.of(1, -2, 3, 0, 5),
  rounds: [1, 2, 3].map((round) => moves(round).map((each) => each.map((value) => 4 * Math.round(2 * value)))),
};
const random = { start: randomValues(size, 1), rounds: [1, 2, 3, 4, 5, 6].map((round) => moves(round)) };

const differences = (a, b) =>
  a.flatMap((values, round) => Array.from(values, (value, i) => Math.abs(value - b[round][i])));

onEachBackend('merging before sending', (test) => {
  for (const [name, exact, usual] of [
    ['SGD', () => tf.train.sgd(0.5), () => tf.train.sgd(0.7)],
    ['momentum', () => tf.train.momentum(0.5, 0.5), () => tf.train.momentum(0.7, 0.9)],
    ['Nesterov momentum', () => tf.train.momentum(0.5, 0.5, true), () => tf.train.momentum(0.7, 0.9, true)],
  ]) {
    test(`${name} outside: the mean of the merged is the merge of the mean, bit for bit where nothing rounds`, async () => {
      const [before, after] = [await play('before', exact, dyadic), await play('after', exact, dyadic)];
      for (const [round, values] of before.entries()) assertSameBits(values, after[round], `round ${round + 1}`);
      assert.is.not(String(before[2]), String(before[0]));
    });

    test(`${name} outside: the mean of the merged is the merge of the mean, up to rounding`, async () => {
      const [before, after] = [await play('before', usual, random), await play('after', usual, random)];
      // A round has at most 10 operations a weight, in either order, on numbers below 8. Momentum hands an error on to
      // all later rounds, which moves the weights by less than 0.7 / (1 - 0.9) times as much.
      const rounds = random.rounds.length;
      const tolerance = 2 * 10 * rounds * 8 * 2 ** -24 * 7;
      assert.ok(before.flatMap((values) => [...values]).every((value) => Math.abs(value) < 8));
      assert.ok(Math.max(...differences(before, after)) < tolerance, `${differences(before, after)}`);
    });
  }

  test('Adam outside: the mean of the merged is not the merge of the mean', async () => {
    const adam = () => tf.train.adam(0.1);
    const [before, after] = [await play('before', adam, random), await play('after', adam, random)];
    // The first step of Adam is its rate, whatever the gradient: the mean of four is a half, or nothing, where signs differ.
    assert.ok(Math.max(...differences(before.slice(0, 1), after.slice(0, 1))) > 0.04);
    assert.ok(Math.max(...differences(before, after)) > 0.04);
  });

  const momentum = () => tf.train.momentum(0.5, 0.5);
  const join = async (order) => {
    const peers = dyadic.rounds[0].slice(1).map(() => new Peer(dyadic.start, momentum()));
    for (const round of dyadic.rounds.slice(0, 2)) await playRound(order, peers, round);
    const joiner = new Peer(await peers[0].read(), momentum());
    return { peers, joiner };
  };

  test('a late joiner who merges before sending needs the weights alone', async () => {
    const { peers, joiner } = await join('before');
    const start = await joiner.read();
    const { weights, areEqual } = await playRound('before', [...peers, joiner], dyadic.rounds[2]);
    assert.ok(areEqual);
    // The merge of the mean, where the joiner's share of the velocity is 0.
    const earlier = dyadic.rounds.slice(0, 2).map((moves) => mean(moves.slice(0, 3)));
    const velocity = earlier[0].map((first, i) => (3 / 4) * (-0.5 * first - earlier[1][i]));
    const move = mean(dyadic.rounds[2]);
    const expected = start.map((value, i) => value - 0.5 * (0.5 * velocity[i] - move[i]));
    for (const [i, value] of weights.entries()) assert.ok(Math.abs(value - expected[i]) < 32 * 2 ** -24 * 8);
    for (const peer of [...peers, joiner]) peer.dispose();
  });

  test('a late joiner who merges after averaging needs the state of a peer too, if that has momentum', async () => {
    for (const takesState of [false, true]) {
      const { peers, joiner } = await join('after');
      if (takesState) joiner.lookahead.setWeights(peers[0].lookahead.getWeights());
      const { areEqual } = await playRound('after', [...peers, joiner], dyadic.rounds[2]);
      assert.is(areEqual, takesState);
      for (const peer of [...peers, joiner]) peer.dispose();
    }
  });
});
