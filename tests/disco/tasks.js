/** Tasks of DISCO for the test of the hook: each inner optimizer in a Lookahead with each slow step. */
import { models } from '@epfml/discojs';
import * as tf from '@tensorflow/tfjs';
import { lookahead } from 'tfjs-lookahead';
import { cases, outer } from './cases.js';

const inners = { sgd: () => tf.train.sgd(0.1), adam: () => tf.train.adam(0.02) };

function buildModel({ inner, slowStep }) {
  const dense = (units, options) =>
    tf.layers.dense({ units, kernelInitializer: tf.initializers.glorotUniform({ seed: units }), ...options });
  const model = tf.sequential({
    layers: [dense(5, { inputShape: [2], activation: 'tanh' }), dense(1, { activation: 'sigmoid' })],
  });
  const { rate, momentum } = outer;
  model.compile({
    optimizer: lookahead(inners[inner](), {
      k: Infinity,
      ...(slowStep === 'nesterov' ? { outer: tf.train.momentum(rate, momentum, true) } : { alpha: slowStep }),
    }),
    loss: 'binaryCrossentropy',
    metrics: ['acc'],
  });
  return model;
}

export function taskOf({ id, privacy }, rounds) {
  return {
    id,
    displayInformation: { taskTitle: id, summary: { preview: id, overview: id } },
    trainingInformation: {
      scheme: 'federated',
      aggregationStrategy: 'mean',
      minNbOfParticipants: 2,
      epochs: rounds,
      roundDuration: 1,
      batchSize: 4,
      validationSplit: 0.2,
      dataType: 'tabular',
      inputColumns: ['a', 'b'],
      outputColumns: ['y'],
      tensorBackend: 'tfjs',
      privacy,
    },
  };
}

export const makeTasks = () =>
  cases.map((each) => ({
    getTask: () => taskOf(each, 1),
    getModel: async () => new models.TFJS(buildModel(each)),
  }));
