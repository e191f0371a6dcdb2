/** Multiples of every k, so that each evaluation follows a merge. */
export const evaluateAt = [300, 600];
export const ks = [5, 20, 50];

/** The slow steps with their outer optimizers. */
export const slowSteps = {
  alone: { title: 'Adam alone', outer: null },
  sgd: { title: 'SGD(0.5)', outer: { lr: 0.5, momentum: 0, nesterov: false } },
  diloco: { title: 'Nesterov(0.7, 0.9), DiLoCo', outer: { lr: 0.7, momentum: 0.9, nesterov: true } },
  snoo: { title: 'Nesterov(0.68, 0.37), SNOO', outer: { lr: 0.68, momentum: 0.37, nesterov: true } },
};

/** Learning rates a factor of 2 apart, so that twice the best one is among them. */
const doublings = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => 0.014 * 2 ** (from + i));

/**
 * For each slow step and k the learning rates of Adam that the first seed is trained with, and the one of them with the
 * lowest training loss. The other seeds are trained with that one and with twice it.
 */
export const trainers = [
  { slowStep: 'alone', k: null, learningRates: doublings(-1, 3), best: 0.028 },
  { slowStep: 'sgd', k: 5, learningRates: doublings(0, 4), best: 0.056 },
  { slowStep: 'sgd', k: 20, learningRates: doublings(0, 3), best: 0.056 },
  { slowStep: 'sgd', k: 50, learningRates: doublings(1, 3), best: 0.056 },
  { slowStep: 'diloco', k: 5, learningRates: doublings(-2, 1), best: 0.007 },
  { slowStep: 'diloco', k: 20, learningRates: doublings(-2, 1), best: 0.007 },
  { slowStep: 'diloco', k: 50, learningRates: doublings(-2, 1), best: 0.014 },
  { slowStep: 'snoo', k: 5, learningRates: doublings(0, 2), best: 0.028 },
  { slowStep: 'snoo', k: 20, learningRates: doublings(0, 3), best: 0.056 },
  { slowStep: 'snoo', k: 50, learningRates: doublings(0, 2), best: 0.028 },
].map((trainer) => ({ ...trainer, ...slowSteps[trainer.slowStep] }));
