import { ratePerStep } from './theory.js';

export const k = 20;
export const alpha = 0.5;
export const fixedMomentum = 0.99;

const coordinates = 64;

/** Eigenvalues of the Hessian from 1 down to 1 / condition, evenly spread over their logarithms. */
export function spectrumOf(condition) {
  return Array.from({ length: coordinates }, (_, i) => condition ** (-i / (coordinates - 1)));
}

export const variants = {
  plain: null,
  ...Object.fromEntries(
    ['none', 'reset', 'pullback'].map((pullbackMomentum) => [pullbackMomentum, { k, alpha, pullbackMomentum }]),
  ),
};

const learningRates = Array.from({ length: 201 }, (_, i) => 4 * 10 ** (-i / 50));

/**
 * The greatest of those that differ from the best only by rounding, since heavy ball alone is equally fast over a
 * range.
 */
function bestLearningRate(condition, momentum, lookahead) {
  const spectrum = spectrumOf(condition);
  let best = { rate: Number.POSITIVE_INFINITY };
  for (const lr of learningRates) {
    const rate = ratePerStep(spectrum, { lr, momentum }, lookahead);
    if (rate < best.rate - 1e-9) best = { lr, rate };
  }
  return best.lr;
}

/** The settings of each inner optimizer for a condition number. The greatest eigenvalue is 1. */
export const inners = {
  'gradient descent': {
    title: 'Gradient descent,\nlr = 2 / (1 + 1/κ), its best',
    variants: ['plain', 'none'],
    optimizer: (condition) => ({ lr: 2 / (1 + 1 / condition), momentum: 0 }),
  },
  'heavy ball, best lr': {
    title: `Heavy ball, momentum ${fixedMomentum},\neach line at its own best lr`,
    variants: Object.keys(variants),
    optimizer: (condition, lookahead) => ({
      lr: bestLearningRate(condition, fixedMomentum, lookahead),
      momentum: fixedMomentum,
    }),
  },
  'heavy ball, lr 1': {
    title: `Heavy ball, momentum ${fixedMomentum},\nlr = 1 for all`,
    variants: Object.keys(variants),
    optimizer: () => ({ lr: 1, momentum: fixedMomentum }),
  },
  'heavy ball, optimal': {
    title: 'Heavy ball,\nmomentum and lr optimal for it',
    variants: Object.keys(variants),
    optimizer(condition) {
      const root = Math.sqrt(1 / condition);
      return { lr: 4 / (1 + root) ** 2, momentum: ((1 - root) / (1 + root)) ** 2 };
    },
  },
};
