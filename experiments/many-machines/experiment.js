import { crowd, crowdWays, peerCounts, splits, ways } from './settings.js';
import { simulate } from './simulate.js';

export { present, record } from './present.js';

export const backend = 'wasm';

const shared = { batch: 4, steps: 1000, seeds: [1, 2, 3] };

/** As many as there are rounds, but no more than 20. */
const withEvaluations = (settings) => ({ ...settings, evaluations: Math.min(20, shared.steps / settings.localSteps) });

/** One peer has all the data, and nobody to average with: how long its rounds are makes a difference to momentum alone. */
const isWorthRunning = ({ peers, split, outer, localSteps }) =>
  peers > 1 || (split === 'equal' && (outer !== null || localSteps === 1));

const grid = peerCounts.flatMap((peers) =>
  splits.flatMap((split) =>
    ways.map(({ localSteps, outer, learningRates }) => ({
      ...{ peers, split, localSteps, outer, learningRates },
      ...{ participants: peers, velocity: 'own', stale: 0 },
    })),
  ),
);

export const runs = [...grid.filter(isWorthRunning), ...crowdWays.map((way) => ({ ...crowd, ...way }))].map(
  (settings) => ({ ...shared, ...withEvaluations(settings) }),
);

export const run = simulate;
