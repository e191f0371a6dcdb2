import { train } from '../language-model/train.js';
import { evaluateAt, trainers } from './settings.js';

export { present, record } from './present.js';

export const backend = 'wasm';

const model = { units: 48, layerCount: 1, weightDrop: 0, optimizer: 'adam', schedule: 'constant', evaluateAt };

const runsOf = (seed, ratesOf) =>
  trainers.flatMap((trainer) =>
    ratesOf(trainer).map((lr) => {
      const { slowStep, k, outer } = trainer;
      return { ...model, slowStep, lr, lookahead: outer && { k, outer }, seed };
    }),
  );

export const runs = [
  ...runsOf(1, ({ learningRates }) => learningRates),
  ...[2, 3].flatMap((seed) => runsOf(seed, ({ best }) => [best, 2 * best])),
];

export const run = train;
