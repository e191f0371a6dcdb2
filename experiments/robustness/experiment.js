import { train } from '../language-model/train.js';
import { alphas, inners, ks, mapLearningRates, usual } from './settings.js';

export { present, record } from './present.js';

export const backend = 'wasm';

/** A multiple of every k, so that each run ends with a merge. */
const evaluateAt = [480];
const model = { units: 48, layerCount: 1, weightDrop: 0, schedule: 'constant', evaluateAt };
const seeds = [1, 2, 3];

const sweep = Object.entries(inners).flatMap(([optimizer, { learningRates }]) =>
  learningRates.flatMap((lr) => [null, usual].map((lookahead) => ({ optimizer, lr, lookahead }))),
);
const map = mapLearningRates.flatMap((lr) =>
  ks.flatMap((k) => alphas.map((alpha) => ({ optimizer: 'adam', lr, lookahead: { k, alpha } }))),
);

const isUsual = ({ k, alpha }) => k === usual.k && alpha === usual.alpha;

/** The map and the sweep share the runs with the usual k and alpha. */
export const runs = [...sweep, ...map.filter(({ lookahead }) => !isUsual(lookahead))].flatMap((each) =>
  seeds.map((seed) => ({ ...model, ...each, seed })),
);

export const run = train;
