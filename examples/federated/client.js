/**
 * A client, a process of its own: `client.js URL NUMBER SETTINGS`. It trains by all methods, one after the other, and
 * tells how well the weights do that it has after each round.
 */
import { aggregator, client as clients, Dataset, Disco } from '@epfml/discojs';
import * as tf from '@tensorflow/tfjs';
import { countSent } from './count-sent.js';
import { drawRows, heldOutRows, oneHot } from './data.js';
import { MergingClient } from './merging-client.js';
import { batchSize, methodsOf } from './methods.js';
import { inputColumns, outputColumns, taskOf, validationSplit } from './tasks.js';

const heldOutCount = 1800;

const [url, number, json] = process.argv.slice(2);
const settings = JSON.parse(json);
const logger = { success() {}, error() {} };

const heldOut = heldOutRows({ seed: settings.seed, count: heldOutCount });
const inputs = tf.tensor2d(heldOut.map(({ features }) => features));
const targets = tf.tensor2d(heldOut.map(({ label }) => oneHot(label)));

function evaluate(model) {
  const scalars = model.evaluate(inputs, targets, { batchSize: heldOutCount });
  const [loss, accuracy] = scalars.map((scalar) => scalar.dataSync()[0]);
  tf.dispose(scalars);
  return { loss, accuracy };
}

/** As DISCO reads it from a table. */
function toRecord({ features, label }) {
  const columns = [...inputColumns, ...outputColumns];
  return Object.fromEntries([...features, ...oneHot(label)].map((value, i) => [columns[i], String(value)]));
}

async function train(method) {
  const task = taskOf(settings, method);
  const Client = method.slowStep ? MergingClient : clients.LocalClient;
  const client = new Client(new URL(url), task, aggregator.getAggregator(task));
  const disco = new Disco(task, client, { logger });

  const stream = drawRows({ ...settings, client: Number(number) });
  const rowsPerRound = (method.stepsPerRound * batchSize) / (1 - validationSplit);
  let rows = [];
  const dataset = new Dataset(() => rows.values());

  let step = 0;
  let sent = () => 0;
  const tell = async () => {
    if (step % settings.localSteps > 0) return;
    const figures = { method: method.id, step, sent: sent(), ...evaluate(disco.trainer.model.extract()) };
    await new Promise((resolve) => process.send(figures, resolve));
  };
  // When the loop comes here, the client has just connected, or the weights of a round are in the model.
  for await (const round of disco.train(['tabular', dataset])) {
    if (step === 0 && method.slowStep) sent = countSent(client.server.socket);
    await tell();
    rows = Array.from({ length: rowsPerRound }, () => toRecord(stream.next().value));
    for await (const epoch of round) for await (const _ of epoch) ++step;
  }
  await tell();
  if (method.slowStep) await disco.close();
}

for (const method of methodsOf(settings)) await train(method);
// Timers of DISCO would keep the process alive.
process.exit();
