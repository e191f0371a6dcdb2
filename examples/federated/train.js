/** The work of a client, in a process of Node or in a page. */
import { aggregator, client as clients, Dataset, Disco } from '@epfml/discojs';
import * as tf from '@tensorflow/tfjs';
import { countSent } from './count-sent.js';
import { drawRows, heldOutRows, oneHot } from './data.js';
import { MergingClient } from './merging-client.js';
import { batchSize, methodsOf } from './methods.js';
import { inputColumns, outputColumns, taskOf, validationSplit } from './tasks.js';

const heldOutCount = 1800;
const logger = { success() {}, error() {} };

/** @returns a function that returns the loss and the accuracy of a model, for rows that no client trains on. */
function makeEvaluation({ seed }) {
  const heldOut = heldOutRows({ seed, count: heldOutCount });
  const inputs = tf.tensor2d(heldOut.map(({ features }) => features));
  const targets = tf.tensor2d(heldOut.map(({ label }) => oneHot(label)));
  return (model) => {
    const scalars = model.evaluate(inputs, targets, { batchSize: heldOutCount });
    const [loss, accuracy] = scalars.map((scalar) => scalar.dataSync()[0]);
    tf.dispose(scalars);
    return { loss, accuracy };
  };
}

/** Text that is equal for models with the same weights, bit for bit, and for no others. */
async function digestOf(model) {
  const values = await new Blob(model.getWeights().map((weight) => weight.dataSync())).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', values));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** As DISCO reads it from a table. */
function toRecord({ features, label }) {
  const columns = [...inputColumns, ...outputColumns];
  return Object.fromEntries([...features, ...oneHot(label)].map((value, i) => [columns[i], String(value)]));
}

async function trainBy(method, { url, number, settings, evaluate, tell }) {
  const task = taskOf(settings, method);
  const Client = method.slowStep ? MergingClient : clients.LocalClient;
  const client = new Client(new URL(url), task, aggregator.getAggregator(task));
  const disco = new Disco(task, client, { logger });

  const stream = drawRows({ ...settings, client: number });
  const rowsPerRound = (method.stepsPerRound * batchSize) / (1 - validationSplit);
  let rows = [];
  const dataset = new Dataset(() => rows.values());

  let step = 0;
  let sent = () => 0;
  const tellFigures = async () => {
    // After as many steps, and after as many bytes, as the methods with the fewest rounds.
    const round = step / method.stepsPerRound;
    if (step % settings.localSteps > 0 && round > settings.steps / settings.localSteps) return;
    const model = disco.trainer.model.extract();
    const digest = await digestOf(model);
    await tell({ method: method.id, step, sent: sent(), ...evaluate(model), digest });
  };
  // When the loop comes here, the client has just connected, or the weights of a round are in the model.
  for await (const round of disco.train(['tabular', dataset])) {
    if (step === 0 && method.slowStep) sent = countSent(client.server.socket);
    await tellFigures();
    rows = Array.from({ length: rowsPerRound }, () => toRecord(stream.next().value));
    for await (const epoch of round) for await (const _ of epoch) ++step;
  }
  await tellFigures();
  if (method.slowStep) await disco.close();
}

/**
 * Trains by all methods, one after the other.
 *
 * @param url of the server.
 * @param number of this client, from 0.
 * @param tell gets the figures of the weights that the client has after each round, or after as many steps.
 */
export async function train({ url, number, settings, tell }) {
  await tf.setBackend('cpu'); // the fastest for a model this small
  const evaluate = makeEvaluation(settings);
  for (const method of methodsOf(settings)) await trainBy(method, { url, number, settings, evaluate, tell });
}
