import { spectrumOf } from '../quadratic/settings.js';
import { ratePerStep } from './theory.js';

/** Gradient descent alone, and the outer optimizers of the slow weights around it. */
export const outers = {
  alone: { title: 'gradient descent alone', outer: null },
  sgd: { title: 'SGD(0.5)', outer: { lr: 0.5, momentum: 0, nesterov: false } },
  heavyBall: { title: 'heavy ball(0.7, 0.9)', outer: { lr: 0.7, momentum: 0.9, nesterov: false } },
  diloco: { title: 'Nesterov(0.7, 0.9), DiLoCo', outer: { lr: 0.7, momentum: 0.9, nesterov: true } },
  snoo: { title: 'Nesterov(0.68, 0.37), SNOO', outer: { lr: 0.68, momentum: 0.37, nesterov: true } },
};

/** The greatest at which gradient descent alone converges is 2. At 1 it would be done with one coordinate at once. */
const learningRates = Array.from({ length: 201 }, (_, i) => 1.99 * 0.97 ** i);

const bestLearningRate = (condition, k, outer) => {
  const spectrum = spectrumOf(condition);
  const rates = learningRates.map((lr) => ratePerStep(spectrum, { lr, k, outer }));
  return learningRates[rates.indexOf(Math.min(...rates))];
};

const conditions = (perDecade) => Array.from({ length: 3.5 * perDecade + 1 }, (_, i) => 10 ** (0.5 + i / perDecade));
const overConditions = { varies: 'condition', marks: conditions(2), curve: conditions(8) };
const shownCondition = 1000;
const marksOfRates = [0.05, 0.1, 0.2, 0.4, 0.8, 1.2, 1.6, 1.8, 1.9];

/** The setting that each panel of the picture varies: at the marks it is measured, along the curve it is computed. */
export const panels = {
  ...Object.fromEntries(
    [5, 20].map((k) => [
      `k = ${k}, lr 0.5`,
      { ...overConditions, title: `k = ${k}, lr = 0.5`, settings: (condition) => ({ condition, lr: 0.5, k }) },
    ]),
  ),
  'k = 5, best lr': {
    ...overConditions,
    title: 'k = 5, each line at its own best lr',
    settings: (condition, outer) => ({ condition, lr: bestLearningRate(condition, 5, outer), k: 5 }),
  },
  'over lr': {
    varies: 'lr',
    title: `k = 5, κ = ${shownCondition}, over the learning rate`,
    marks: marksOfRates,
    curve: Array.from({ length: 100 }, (_, i) => 0.02 * (i + 1)).filter((lr) => lr < 2),
    settings: (lr) => ({ condition: shownCondition, lr, k: 5 }),
  },
};
