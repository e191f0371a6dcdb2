/**
 * The hook of examples/federated on the real DISCO: a server and three peers, each a process, on different data. One
 * peer joins late. After every round all peers have the same slow weights, and these are what the equations give.
 */
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withProcesses } from '../../examples/federated/processes.js';
import { LAST_RESORT_MS } from '../../tools/last-resort.js';
import { cases, lateRound, outer, rounds } from './cases.js';
import { isDiscoInstalled } from './install.js';

const pathOf = (path) => fileURLToPath(new URL(path, import.meta.url));
const tolerance = 1e-6;

const test = suite('merging before sending, on DISCO');
const testOnDisco = isDiscoInstalled ? test : test.skip;

/** Messages of a process, to be taken one after the other. */
function inbox() {
  const messages = [];
  let take;
  return {
    put(message) {
      messages.push(message);
      take?.();
    },
    async next() {
      if (messages.length === 0) {
        await new Promise((resolve) => {
          take = resolve;
        });
      }
      return messages.shift();
    },
  };
}

/** Trains a case in lockstep. @returns for each round what each peer that took part has told. */
async function runCase(peers, { id }) {
  const history = [];
  const [late, ...founders] = peers.toReversed();
  for (const peer of founders) peer.send({ id, rounds });
  let present = founders.toReversed();
  let starts = await Promise.all(present.map(({ next }) => next()));
  for (let round = 0; round < rounds; ++round) {
    if (round === lateRound) {
      late.send({ id, rounds: rounds - lateRound });
      starts.push(await late.next());
      present = peers;
    }
    for (const peer of present) peer.send('go');
    const merges = await Promise.all(present.map(({ next }) => next()));
    const ends = await Promise.all(present.map(({ next }) => next()));
    history.push(
      present.map((_, i) => ({
        start: starts[i].start,
        fast: merges[i].fast,
        slow: merges[i].slow,
        end: ends[i].start ?? ends[i].end,
      })),
    );
    starts = ends;
  }
  return history;
}

/** The histories of all cases. */
function runAll() {
  return withProcesses({ silence: LAST_RESORT_MS / 1000, signal: new AbortController().signal }, async (start) => {
    const url = await new Promise((resolve) => {
      const tasks = new URL('tasks.js', import.meta.url).href;
      start('server', pathOf('../../examples/federated/server.js'), [tasks], (message) => resolve(message.url));
    });
    const peers = [1, 2, 3].map((number) => {
      const { put, next } = inbox();
      const { send } = start(`peer ${number}`, pathOf('peer.js'), [url, number], put);
      return { send, next };
    });
    for (const { next } of peers) assert.is(await next(), 'ready');
    const histories = {};
    for (const each of cases) histories[each.id] = await runCase(peers, each);
    return histories;
  });
}

const flat = (weights) => weights.flat();
const mean = (lists) => lists[0].map((_, i) => lists.reduce((sum, list) => sum + list[i], 0) / lists.length);

/** The slow weights of all after each round, from the fast ones that the peers had: in float64, with no merge of ours. */
function equations(history, slowStep) {
  let slow = flat(history[0][0].start);
  let velocity = slow.map(() => 0);
  let velocities = history[0].length;
  return history.map((told) => {
    const fast = mean(told.map((peer) => flat(peer.fast)));
    if (slowStep !== 'nesterov') {
      slow = slow.map((value, i) => value + slowStep * (fast[i] - value));
      return slow;
    }
    // A peer that has just joined has no velocity yet, which makes the mean of all smaller.
    const share = velocities / told.length;
    velocities = told.length;
    velocity = velocity.map((value, i) => outer.momentum * share * value + (slow[i] - fast[i]));
    slow = slow.map((value, i) => value - outer.rate * (slow[i] - fast[i] + outer.momentum * velocity[i]));
    return slow;
  });
}

const largestDifference = (one, other) => one.reduce((most, value, i) => Math.max(most, Math.abs(value - other[i])), 0);

let histories;
testOnDisco('a server and three peers train all cases to their end', async () => {
  histories = await runAll();
});

for (const { id, inner, slowStep, privacy } of cases) {
  const name = slowStep === 'nesterov' ? 'Nesterov outside' : `alpha ${slowStep}`;
  const clipped = privacy ? ', clipped for privacy before it merges' : '';
  testOnDisco(`${inner}, ${name}${clipped}: the same slow weights everywhere, as by the equations`, () => {
    const history = histories[id];
    assert.equal(
      history.map((told) => told.length),
      Array.from({ length: rounds }, (_, round) => (round < lateRound ? 2 : 3)),
    );
    const expected = equations(history, slowStep);
    history.forEach((told, round) => {
      const where = `${id}, round ${round}`;
      const [first] = told;
      const before = round === 0 ? first.start : history[round - 1][0].slow;
      for (const peer of told) {
        assert.equal(peer.start, before, `${where}: a peer, late or not, starts from the slow weights`);
        assert.equal(peer.slow, first.slow, `${where}: slow weights`);
        assert.equal(peer.end, first.slow, `${where}: fast weights restart`);
        assert.ok(largestDifference(flat(peer.fast), flat(before)) > 1e-3, `${where}: a peer did not train`);
      }
      const apart = largestDifference(flat(told[0].fast), flat(told.at(-1).fast));
      assert.ok(apart > 1e-4, `${where}: peers with different data have the same fast weights`);
      const error = largestDifference(flat(first.slow), expected[round]);
      assert.ok(error < tolerance, `${where}: slow weights are off by ${error}`);
    });
  });
}

test.run();
