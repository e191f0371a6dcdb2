/** The methods as tasks of DISCO: each with the model that the clients train, and its optimizer. */
import { models } from '@epfml/discojs';
import * as tf from '@tensorflow/tfjs';
import { lookahead } from 'tfjs-lookahead';
import { drawSeed, mulberry32 } from '../../tools/random.js';
import { classCount, featureCount } from './data.js';
import { batchSize, methodsOf } from './methods.js';

export const inputColumns = Array.from({ length: featureCount }, (_, i) => `x${i}`);
export const outputColumns = Array.from({ length: classCount }, (_, i) => `y${i}`);

/** DISCO holds out this share of a client's rows, of every epoch; it must not be 0. */
export const validationSplit = 0.2;

const inners = { sgd: tf.train.sgd, adam: tf.train.adam };

const slowSteps = {
  average: () => ({ alpha: 1 }),
  nesterov: () => ({ outer: tf.train.momentum(0.7, 0.9, true) }),
};

function buildModel({ inner, lr, seed }, { slowStep }) {
  const random = mulberry32(seed);
  const dense = (units, options) =>
    tf.layers.dense({
      units,
      kernelInitializer: tf.initializers.glorotUniform({ seed: drawSeed(random) }),
      ...options,
    });
  const model = tf.sequential({
    layers: [
      dense(48, { inputShape: [featureCount], activation: 'relu' }),
      dense(48, { activation: 'relu' }),
      dense(classCount, { activation: 'softmax' }),
    ],
  });
  const optimizer = inners[inner](lr);
  model.compile({
    optimizer: slowStep ? lookahead(optimizer, { k: Infinity, ...slowSteps[slowStep]() }) : optimizer,
    loss: 'categoricalCrossentropy',
    metrics: ['acc'],
  });
  return model;
}

/** A round has one epoch, of rows that come as a stream. */
export function taskOf({ clients }, { id, name, slowStep, rounds }) {
  return {
    id,
    displayInformation: { taskTitle: name, summary: { preview: name, overview: name } },
    trainingInformation: {
      scheme: slowStep ? 'federated' : 'local',
      aggregationStrategy: 'mean',
      minNbOfParticipants: clients,
      epochs: rounds,
      roundDuration: 1,
      batchSize,
      validationSplit,
      dataType: 'tabular',
      inputColumns,
      outputColumns,
      tensorBackend: 'tfjs',
    },
  };
}

/** For the server: the tasks, and the models with which their clients start. */
export function makeTasks(json) {
  const settings = JSON.parse(json);
  return methodsOf(settings).map((method) => ({
    getTask: () => taskOf(settings, method),
    getModel: async () => new models.TFJS(buildModel(settings, method)),
  }));
}
