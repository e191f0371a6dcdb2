const thirdsOfDecade = (from, count) =>
  Array.from({ length: count }, (_, i) => Number((from * 10 ** (i / 3)).toPrecision(2)));

export const inners = {
  adam: { title: 'Adam', learningRates: thirdsOfDecade(0.003, 7) },
  momentum: { title: 'SGD with momentum 0.9', learningRates: thirdsOfDecade(0.1, 7) },
};

export const usual = { k: 5, alpha: 0.5 };
export const ks = [5, 10, 20, 40];
export const alphas = [0.2, 0.5, 0.8];

/** Learning rates of Adam: about the best one for Adam alone, and a higher one. */
export const mapLearningRates = [0.03, 0.14];

/** @returns what was measured with these settings. Without k and alpha, they are those of the inner optimizer alone. */
export function findCell(cells, { optimizer, lr, k, alpha }) {
  return cells.find((cell) => cell.optimizer === optimizer && cell.lr === lr && cell.k === k && cell.alpha === alpha);
}
