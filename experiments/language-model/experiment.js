import { train } from './train.js';

export { present, record } from './present.js';

export const backend = 'wasm';

const seeds = [1, 2, 3];
const model = { units: 96, layerCount: 2, weightDrop: 0.5, optimizer: 'adam' };
/** Just before a merge for every k, where fast and slow weights differ most. */
const evaluateAt = Array.from({ length: 12 }, (_, i) => 100 * (i + 1) - 1);

/** About the best rate for Adam alone. */
const lr = 0.014;
const usual = { k: 5, alpha: 0.5 };
const trainers = [
  { lr, schedule: 'constant', lookahead: null },
  ...[5, 10].flatMap((k) => [0.5, 0.8].map((alpha) => ({ lr, schedule: 'constant', lookahead: { k, alpha } }))),
  ...[null, usual].map((lookahead) => ({ lr: 2 * lr, schedule: 'constant', lookahead })),
  ...[null, usual].map((lookahead) => ({ lr, schedule: 'linear', lookahead })),
];

export const runs = seeds.flatMap((seed) => trainers.map((trainer) => ({ ...model, ...trainer, evaluateAt, seed })));

export const run = train;
