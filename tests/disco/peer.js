/**
 * A peer, a process of its own: `peer.js URL NUMBER`. For each message `{ id, rounds }` it joins the task of that case.
 * At the start of each round it waits for a message 'go'. It tells where it is, and its weights before and after each
 * merge.
 */
import { once } from 'node:events';
import { aggregator, Dataset, Disco } from '@epfml/discojs';
import { MergingClient } from '../../examples/federated/merging-client.js';
import { mulberry32 } from '../../tools/random.js';
import { cases } from './cases.js';
import { taskOf } from './tasks.js';

const [url, number] = process.argv.slice(2);
const valuesOf = (tensors) => tensors.map((tensor) => [...tensor.dataSync()]);

class TellingClient extends MergingClient {
  #model;

  async connect() {
    this.#model = await super.connect();
    return this.#model;
  }

  get weights() {
    return valuesOf(this.#model.weights.weights);
  }

  async onRoundEndCommunication(weights) {
    const fast = valuesOf(weights.weights);
    const mean = await super.onRoundEndCommunication(weights);
    const slow = valuesOf(this.#model.extract().optimizer.slowWeights);
    process.send({ fast, slow });
    return mean;
  }
}

/** Different from peer to peer. */
function makeRows() {
  const random = mulberry32(100 + Number(number));
  return Array.from({ length: 20 }, () => {
    const [a, b] = [random() + Number(number), 2 * random() - 1];
    return { a: String(a), b: String(b), y: a * b > 0.3 ? '1' : '0' };
  });
}

process.send('ready');
for (;;) {
  const [{ id, rounds }] = await once(process, 'message');
  const task = taskOf(
    cases.find((each) => each.id === id),
    rounds,
  );
  const client = new TellingClient(new URL(url), task, aggregator.getAggregator(task));
  const disco = new Disco(task, client, { logger: { success() {}, error() {} } });
  const rows = makeRows();
  for await (const round of disco.train(['tabular', new Dataset(rows)])) {
    const going = once(process, 'message');
    process.send({ start: client.weights });
    await going;
    for await (const epoch of round) for await (const _ of epoch);
  }
  process.send({ end: client.weights });
  await disco.close();
}
