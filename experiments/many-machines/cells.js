/** The results of the runs, and how to find them. */
import { mean } from '../statistics.js';
import { crowd } from './settings.js';

/** At the rate with the lowest last loss; of a rate at which any run diverges, the loss is infinite. */
export function toCell({ settings, result }) {
  const { learningRates, batch, steps, seeds, evaluations, outer, ...others } = settings;
  const finals = result.map((ofSeeds) => ofSeeds.map((losses) => losses.at(-1)));
  const means = finals.map((losses) => (losses.every(Number.isFinite) ? mean(losses) : Number.POSITIVE_INFINITY));
  const best = means.indexOf(Math.min(...means));
  return {
    ...others,
    momentum: outer !== null,
    lr: learningRates[best],
    final: finals[best],
    finalOfRates: Object.fromEntries(learningRates.map((lr, i) => [lr, finals[i]])),
    roundsBetween: steps / others.localSteps / evaluations,
    losses: result[best],
  };
}

/** The mean over the seeds after each evaluation, with the round it came after. */
export const curveOf = ({ losses, roundsBetween }) =>
  losses[0].map((_, i) => [(i + 1) * roundsBetween, mean(losses.map((each) => each[i]))]);

/** Where all peers take part, in time. */
export const gridCells = (cells, { split, peers }) =>
  cells.filter(
    (cell) =>
      cell.split === split &&
      cell.peers === peers &&
      cell.participants === peers &&
      cell.stale === 0 &&
      cell.velocity === 'own',
  );

export const findWay = (cells, { outer, localSteps }) =>
  cells.find((cell) => cell.momentum === (outer !== null) && cell.localSteps === localSteps);

/** With all peers, an own velocity and the same for all give the same weights. */
export function crowdCell(cells, name, { participants, stale }) {
  const everyone = participants === crowd.peers;
  return cells.find(
    (cell) =>
      ['peers', 'split', 'localSteps'].every((key) => cell[key] === crowd[key]) &&
      cell.participants === participants &&
      cell.stale === stale &&
      cell.momentum === (name !== 'local') &&
      cell.velocity === (name === 'local' || (name === 'one' && everyone) ? 'own' : name),
  );
}
