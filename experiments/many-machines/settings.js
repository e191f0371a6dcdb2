export const peerCounts = [1, 4, 16, 64];
export const splits = ['equal', 'unequal'];

/** Nesterov momentum outside, as in DiLoCo. */
export const diloco = { rate: 0.7, momentum: 0.9 };

const averaging = { outer: null, learningRates: [0.05, 0.1, 0.2, 0.5, 1, 2] };
/** Momentum makes steps up to seven times as long, so that the best rates are lower. */
const withMomentum = { outer: diloco, learningRates: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5] };

/** Ways to train together. */
export const ways = [
  { name: 'averaging', localSteps: 1, ...averaging },
  ...[10, 50, 200].map((localSteps) => ({ name: 'local SGD', localSteps, ...averaging })),
  ...[1, 10, 50, 200].map((localSteps) => ({ name: 'DiLoCo', localSteps, ...withMomentum })),
];

/** Who takes part in a round, and whose the velocity is; all with 64 peers and unequal data. */
export const crowd = { peers: 64, split: 'unequal', localSteps: 10 };
const inCrowd = (participants, velocity, others) => ({ participants, velocity, stale: 0, ...others });
const withFreshMomentum = { ...withMomentum, learningRates: averaging.learningRates };
export const crowdWays = [
  ...[19, 6].flatMap((participants) => [
    inCrowd(participants, 'own', averaging),
    inCrowd(participants, 'own', withMomentum),
    inCrowd(participants, 'one', withMomentum),
  ]),
  ...[64, 19, 6].map((participants) => inCrowd(participants, 'fresh', withFreshMomentum)),
  inCrowd(19, 'own', { ...averaging, stale: 0.3 }),
  inCrowd(19, 'own', { ...withMomentum, stale: 0.3 }),
];

/** In the tables and the picture; what is not local SGD is named after whose the velocity is. */
export const crowdNames = {
  local: 'local SGD',
  own: 'DiLoCo, own velocity',
  fresh: 'DiLoCo, velocity always 0',
  one: 'DiLoCo, one velocity',
};

export const crowdRows = [
  { participants: 64, stale: 0 },
  { participants: 19, stale: 0 },
  { participants: 6, stale: 0 },
  { participants: 19, stale: 0.3 },
];
