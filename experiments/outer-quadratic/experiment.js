import { simulate } from '../noisy-quadratic/simulate.js';
import { relativeError } from '../noisy-quadratic/theory.js';
import { spectrumOf } from '../quadratic/settings.js';
import { measureRate } from '../quadratic/simulate.js';
import { asDecays } from '../quadratic/theory.js';
import { outers, panels } from './settings.js';
import { cyclesUntil, ratePerStep, stationaryVariance } from './theory.js';

export { present } from './present.js';

export const backend = 'cpu';

const rateRuns = Object.entries(panels).flatMap(([panel, { marks, settings }]) =>
  Object.entries(outers).flatMap(([name, { outer }]) =>
    marks.map((mark) => ({ panel, name, ...settings(mark, outer), outer })),
  ),
);

const trajectories = 2 ** 16;
const noiseRuns = Object.entries(outers)
  .filter(([, { outer }]) => outer)
  .flatMap(([name, { outer }]) =>
    [5, 20].flatMap((k) => [0.1, 0.25, 0.5, 1, 1.5].map((lr) => ({ name, lr, k, outer }))),
  )
  .map((settings, i) => ({
    ...settings,
    // Far below the Monte Carlo error.
    cycles: Math.max(2, cyclesUntil(0.01 * relativeError(trajectories), settings)),
    trajectories,
    seed: i + 1,
  }));

export const runs = [...rateRuns, ...noiseRuns];

export function run(settings) {
  if (settings.trajectories) return simulate(settings);
  const { condition, lr, k, outer } = settings;
  return measureRate({ spectrum: spectrumOf(condition), lr, momentum: 0, lookahead: outer && { k, outer } });
}

/** Measurements beside the theory. */
export function compareRate({ settings: { outer, ...key }, result }) {
  return { ...key, ...asDecays(result, ratePerStep(spectrumOf(key.condition), { ...key, outer })) };
}

export function compareVariance({ settings, result: { slowVariance } }) {
  const { name, lr, k, cycles, seed } = settings;
  const theory = stationaryVariance(settings);
  const z = (slowVariance / theory - 1) / relativeError(trajectories);
  return { ...{ name, lr, k, cycles, seed }, slowVariance, theory, z };
}

export function record(results) {
  return {
    'outer-quadratic.json': {
      outers: Object.entries(outers).map(([name, { outer }]) => ({ name, ...outer })),
      rates: results.slice(0, rateRuns.length).map(compareRate),
      trajectories,
      variances: results.slice(rateRuns.length).map(compareVariance),
    },
  };
}
