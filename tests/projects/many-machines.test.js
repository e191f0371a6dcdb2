/**
 * Peers that train on data of their own and average their weights, without any engine: each is a process, and the test
 * carries the messages. The same runs over peers in plain JavaScript, and must give the same bits.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertSameWeights, randomValues } from '../support/reference.js';
import { rules, stepAll } from '../support/steps.js';

const script = fileURLToPath(new URL('many-machines-process.js', import.meta.url));
const f = Math.fround;

/** Peers of both classes, on both backends. */
const kindOf = (id) => ({
  backend: ['cpu', 'wasm'][id % 2],
  api: ['lookahead', 'Lookahead'][Math.floor(id / 2) % 2],
});

/** A line of its own for each peer, and more samples for one than for another. */
function samplesOf(id) {
  const [slope, offset] = randomValues(2, 100 + id).map((value) => 2 * value + id);
  return Array.from({ length: 2 + 3 * id }, (_, i) => {
    const x = randomValues(3, 1000 * (id + 1) + i);
    return { x, y: x.map((value) => slope * value + offset) };
  });
}

class ProcessPeer {
  #process;
  #end;

  constructor(id, outer) {
    const { backend, api } = kindOf(id);
    this.#process = fork(script, [backend, api, outer], { serialization: 'advanced' });
    this.#end = once(this.#process, 'exit').then(([code]) => ({ error: `A peer has ended with ${code}.` }));
    running.add(this.#process);
  }

  async call(command, argument) {
    this.#process.send({ command, argument });
    const answer = new Promise((resolve) => this.#process.once('message', resolve));
    const { result, error } = await Promise.race([answer, this.#end]);
    if (error) throw new Error(error);
    return result;
  }

  async end() {
    running.delete(this.#process);
    this.#process.kill();
    await this.#end;
  }
}

const running = new Set();

const outers = {
  SGD: { rule: rules.sgd, scalars: [-0.7] },
  Nesterov: { rule: rules['momentum-nesterov'], scalars: [0.9, -0.7] },
};

/** A peer in plain JavaScript, with `Math.fround` after every operation: momentum 0.9 inside, at a rate of 0.05. */
class PlainPeer {
  #outer;
  #state;

  constructor(_id, outer) {
    this.#outer = outers[outer];
    const zeros = () => [new Float32Array(3), new Float32Array(3)];
    this.#state = { fast: zeros(), slow: zeros(), momentum: zeros(), velocity: zeros() };
  }

  call(command, argument) {
    return this[command](argument);
  }

  train(samples) {
    const { fast, momentum } = this.#state;
    for (const { x, y } of samples) {
      const [w, b] = fast;
      const residual = w.map((weight, i) => f(f(f(weight * f(x[i])) + b[i]) - f(y[i])));
      const gradients = [residual.map((r, i) => f(r * f(x[i]))), residual];
      gradients.forEach((gradient, i) => {
        [momentum[i], fast[i]] = stepAll(rules.momentum, [momentum[i], fast[i]], gradient, [0.9, -0.05]);
      });
    }
  }

  flush() {
    const { fast, slow, velocity } = this.#state;
    const { rule, scalars } = this.#outer;
    slow.forEach((weight, i) => {
      const gradient = weight.map((value, j) => f(value - fast[i][j]));
      const states = rule.states === 1 ? [weight] : [velocity[i], weight];
      const stepped = stepAll(rule, states, gradient, scalars);
      slow[i] = stepped.at(-1);
      if (rule.states === 2) velocity[i] = stepped[0];
    });
    this.#state.fast = [...slow];
  }

  adopt() {
    this.#state.slow = [...this.#state.fast];
  }

  write(values) {
    this.#state.fast = values.map((value) => Float32Array.from(value));
  }

  fast() {
    return [...this.#state.fast];
  }

  slow() {
    return [...this.#state.slow];
  }

  save() {
    return structuredClone(this.#state);
  }

  load(state) {
    this.#state = state;
  }

  end() {}
}

/** In the order of the peers, so that it always rounds alike. */
function average(lists) {
  return lists[0].map((first, i) =>
    first.map((_, j) => f(lists.reduce((sum, list) => f(sum + list[i][j]), 0) / lists.length)),
  );
}

/** The work of the engine on the weights, between two trainings. */
const rounds = {
  async 'merging before sending'(peers) {
    await Promise.all(peers.map((peer) => peer.call('flush')));
    const mean = average(await Promise.all(peers.map((peer) => peer.call('fast'))));
    for (const peer of peers) {
      await peer.call('write', mean);
      await peer.call('adopt');
    }
  },
  async 'merging after averaging'(peers) {
    const mean = average(await Promise.all(peers.map((peer) => peer.call('fast'))));
    for (const peer of peers) {
      await peer.call('write', mean);
      await peer.call('flush');
    }
  },
};

/** @returns the weights that all peers have after each round. */
async function trainTogether(Peer, order, outer) {
  const peers = new Map();
  const join = (id) => peers.set(id, new Peer(id, outer));
  const next = new Map();
  /** The samples of the next steps, round and round. */
  const draw = (id, count) => {
    const [samples, from] = [samplesOf(id), next.get(id) ?? 0];
    next.set(id, from + count);
    return Array.from({ length: count }, (_, i) => samples[(from + i) % samples.length]);
  };
  const train = (count, ids = [...peers.keys()]) =>
    Promise.all(ids.map((id) => peers.get(id).call('train', draw(id, count))));
  const trace = [];
  const endRound = async () => {
    const all = [...peers.values()];
    await rounds[order](all);
    const [first, ...others] = await Promise.all(all.map((peer) => peer.call('slow')));
    for (const other of others) assertSameWeights(other, first, `round ${trace.length + 1}: slow weights of all peers`);
    for (const fast of await Promise.all(all.map((peer) => peer.call('fast')))) {
      assertSameWeights(fast, first, `round ${trace.length + 1}: fast weights of all peers`);
    }
    trace.push(first);
  };

  for (const id of [0, 1, 2, 3]) join(id);
  const start = [randomValues(3, 1), randomValues(3, 2)];
  for (const peer of peers.values()) {
    await peer.call('write', start);
    await peer.call('adopt');
  }
  for (let round = 0; round < 3; ++round) {
    await train(3);
    await endRound();
  }

  join(4);
  if (order === 'merging before sending') {
    await peers.get(4).call('write', trace.at(-1));
    await peers.get(4).call('adopt');
  } else {
    await peers.get(4).call('load', await peers.get(0).call('save'));
  }
  for (let round = 0; round < 2; ++round) {
    await train(3);
    await endRound();
  }

  await train(2);
  await peers.get(1).end();
  peers.delete(1);
  await endRound();

  await train(2);
  for (const id of [0, 3]) {
    const checkpoint = await peers.get(id).call('save');
    await peers.get(id).end();
    peers.set(id, new Peer(id, outer)); // at its place, so that the sum keeps its order
    await peers.get(id).call('load', checkpoint);
  }
  await train(2);
  await endRound();
  await train(3);
  await endRound();

  for (const peer of peers.values()) await peer.end();
  return trace;
}

const test = suite('many machines');

// A failed test must leave no process.
test.after.each(() => {
  for (const process of running) process.kill();
  running.clear();
});

for (const order of Object.keys(rounds)) {
  for (const outer of Object.keys(outers)) {
    test(`${order}, ${outer} outside: all peers have the same bits, which are those of plain JavaScript`, async () => {
      const [trace, expected] = await Promise.all(
        [ProcessPeer, PlainPeer].map((Peer) => trainTogether(Peer, order, outer)),
      );
      assert.is(trace.length, 8);
      trace.forEach((weights, i) => {
        assertSameWeights(weights, expected[i], `round ${i + 1}`);
      });
      assert.is.not(String(trace[7]), String(trace[6]));
    });
  }
}

test.run();
