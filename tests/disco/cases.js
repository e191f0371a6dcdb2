export const outer = { rate: 0.7, momentum: 0.9 };

const plain = ['sgd', 'adam'].flatMap((inner) =>
  [0.5, 1, 'nesterov'].map((slowStep) => ({
    id: `${inner}-${slowStep}`.replace('.', '-'),
    inner,
    slowStep,
  })),
);
export const cases = [
  ...plain,
  { id: 'sgd-nesterov-clipped', inner: 'sgd', slowStep: 'nesterov', privacy: { clippingRadius: 0.3 } },
];

export const rounds = 5;
/** The third peer joins in this round, from 0. */
export const lateRound = 2;
