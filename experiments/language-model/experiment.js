import { layerCount, units } from '../../examples/language-model/model.js';
import { train } from './train.js';

export { present } from './present.js';

export const backend = 'wasm';

const seeds = [1, 2, 3, 4, 5];
const model = { units, layerCount, weightDrop: 0.5, optimizer: 'adam', lr: 0.01 };
/** Just before a merge for every k, where fast and slow weights differ most. */
const evaluateAt = Array.from({ length: 15 }, (_, i) => 100 * (i + 1) - 1);

/** The first and the last two are those of the constant and of the falling learning rate that the figure compares. */
const trainers = [
  { schedule: 'constant', lookahead: null },
  ...[5, 10].flatMap((k) => [0.5, 0.8].map((alpha) => ({ schedule: 'constant', lookahead: { k, alpha } }))),
  { schedule: 'linear', lookahead: null },
  { schedule: 'linear', lookahead: { k: 5, alpha: 0.5 } },
];

export const runs = seeds.flatMap((seed) => trainers.map((trainer) => ({ ...model, ...trainer, evaluateAt, seed })));

export const run = train;
