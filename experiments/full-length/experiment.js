/** The experiment of the TensorFlow 1 package at its full length: on a short text, until the validation loss has turned. */
import { train } from '../language-model/train.js';

export { present, record } from './present.js';

export const backend = 'wasm';

const seeds = [1, 2, 3, 4, 5];
const model = {
  units: 96,
  layerCount: 2,
  weightDrop: 0.5,
  optimizer: 'adam',
  schedule: 'constant',
  characters: 40_000,
};
/** Just before a merge for every k, where fast and slow weights differ most. */
const evaluateAt = Array.from({ length: 24 }, (_, i) => 50 * (i + 1) - 1);

const rates = [0.005, 0.01, 0.02, 0.04];
const configs = [null, ...[5, 10].flatMap((k) => [0.5, 0.8].map((alpha) => ({ k, alpha })))];

export const runs = configs.flatMap((lookahead) =>
  rates.flatMap((lr) => seeds.map((seed) => ({ ...model, lr, lookahead, evaluateAt, seed }))),
);

export const run = train;
