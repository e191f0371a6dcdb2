import { randomValues } from './reference.js';
import { tf } from './tf.js';

/** A seeded model of four weights, its data, and a step of training. */
export function smallModel(optimizer) {
  const model = tf.sequential();
  model.add(tf.layers.dense({ units: 3, inputShape: [2], activation: 'tanh' }));
  model.add(tf.layers.dense({ units: 1 }));
  tf.tidy(() => {
    model.setWeights(model.getWeights().map((w, i) => tf.tensor(randomValues(w.size, i + 1), w.shape)));
  });
  model.compile({ optimizer, loss: 'meanSquaredError' });
  return model;
}

export function smallData() {
  const x = tf.tensor2d(randomValues(16, 20), [8, 2]);
  return { x, y: tf.sum(x, 1, true) };
}

export function trainStep(model, { x, y }, optimizer = model.optimizer) {
  const variables = model.getWeights(true);
  optimizer.minimize(() => tf.tidy(() => tf.losses.meanSquaredError(y, model.predict(x))), false, variables);
}

/** Back to what {@link valuesOf} gave. */
export const assignValues = (variables, values) =>
  tf.tidy(() => {
    for (const [i, w] of variables.entries()) w.assign(tf.tensor(values[i], w.shape));
  });

export const valuesOf = (weights) => Promise.all(weights.map(async (w) => (await w.data()).slice()));

/** A model, saved to memory with its optimizer, through JSON for all that is not bytes. */
export async function saved(model) {
  let artifacts;
  await model.save(
    tf.io.withSaveHandler(async ({ weightData, ...rest }) => {
      artifacts = { ...JSON.parse(JSON.stringify(rest)), weightData };
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
    { includeOptimizer: true },
  );
  return artifacts;
}

export const load = (artifacts) => tf.loadLayersModel(tf.io.fromMemory(artifacts));
