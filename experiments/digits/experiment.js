/** The paper's images, in small: a convolutional net on so few digits that it can overfit. */
import { train } from './train.js';

export { present, record } from './present.js';

export const backend = 'wasm';

const seeds = [1, 2, 3, 4, 5];
const shared = { rows: 2000, batch: 32, epochs: 20 };
const rates = {
  momentum: [0.01, 0.02, 0.05, 0.1, 0.2],
  adam: [0.001, 0.002, 0.004, 0.008, 0.016],
};
/** Those of the paper's images, and the defaults. */
const configs = [null, { k: 5, alpha: 0.8 }, { k: 5, alpha: 0.5 }];

export const runs = Object.entries(rates).flatMap(([optimizer, each]) =>
  configs.flatMap((lookahead) =>
    each.flatMap((lr) => seeds.map((seed) => ({ ...shared, optimizer, lookahead, lr, seed }))),
  ),
);

export const run = train;
