/**
 * A peer of many-machines.test.js: a process that trains on samples of its own and does what messages say. Each message is
 * a command with its argument, and is answered with what the command returns.
 */
import { Lookahead, lookahead } from 'tfjs-lookahead';
import { tf } from '../support/tf.js';

const outers = {
  SGD: () => tf.train.sgd(0.7),
  Nesterov: () => tf.train.momentum(0.7, 0.9, true),
};

const [, , backend, api, outer] = process.argv;
await tf.setBackend(backend);
const [w, b] = ['w', 'b'].map((name) => tf.variable(tf.zeros([3]), true, name));
const variables = [w, b];
const config = { k: Number.POSITIVE_INFINITY, outer: outers[outer]() };
const plain = tf.train.momentum(0.05, 0.9);
const optimizer = api === 'lookahead' ? lookahead(plain, config) : plain;
const merging = api === 'lookahead' ? optimizer : new Lookahead(variables, config);
/** All that a checkpoint holds beside the variables. */
const stateful = [...new Set([optimizer, merging])];

function step({ x, y }) {
  optimizer.minimize(
    () => tf.tidy(() => tf.sum(tf.mul(tf.square(tf.sub(tf.add(tf.mul(w, x), b), y)), 0.5))),
    false,
    variables,
  );
  if (merging !== optimizer) merging.sync();
}

const assign = (values) => tf.tidy(() => values.map((value, i) => variables[i].assign(tf.tensor(value))) && undefined);

const commands = {
  train: (samples) => {
    for (const { x, y } of samples) tf.tidy(() => step({ x: tf.tensor(x), y: tf.tensor(y) }));
  },
  flush: () => merging.flush(),
  adopt: () => merging.adopt(),
  write: assign,
  fast: () => variables.map((variable) => variable.dataSync().slice()),
  slow: () => merging.slowWeights.map((weight) => weight.dataSync().slice()),
  save: async () => ({
    fast: commands.fast(),
    states: await Promise.all(stateful.map(async (each) => tf.io.encodeWeights(await each.getWeights()))),
  }),
  async load({ fast, states }) {
    assign(fast);
    for (const [i, { data, specs }] of states.entries()) {
      const weights = Object.entries(tf.io.decodeWeights(data, specs)).map(([name, tensor]) => ({ name, tensor }));
      await stateful[i].setWeights(weights);
    }
  },
};

process.on('message', async ({ command, argument }) => {
  try {
    process.send({ result: await commands[command](argument) });
  } catch (error) {
    process.send({ error: error.stack });
  }
});
