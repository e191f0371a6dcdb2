/** A multiple of k, so that the last step is a merge. */
export const steps = 480;
export const lookahead = { k: 5, alpha: 0.5 };
export const seeds = [1, 2, 3];

/** Five learning rates, a factor of 2 apart. */
const fiveFrom = (lowest) => Array.from({ length: 5 }, (_, i) => lowest * 2 ** i);

/** The learning rates of each, alone. In Lookahead each is twice as high, since a merge goes half of the way. */
export const optimizers = {
  adam: { title: 'Adam', learningRates: fiveFrom(0.007) },
  adamw: { title: 'AdamW, decay 0.01', learningRates: fiveFrom(0.007) },
  radam: { title: 'RAdam', learningRates: fiveFrom(0.028) },
  lion: { title: 'Lion', learningRates: fiveFrom(0.00175) },
};

/** Far above the best rate of Adam alone. */
export const highRates = [0.448, 0.896, 1.792];
export const clipped = 'adam, clipped';
