import { figure, integer, spread } from './format.js';

export function tables({ k, time }) {
  const [first, ...others] = new Set(time.flatMap(({ nsPerCycle }) => Object.keys(nsPerCycle)));
  const jax = time.some(({ toJax }) => toJax) ? ['kernels : jax-js'] : [];
  const compared = others.filter((name) => time.some(({ ratios }) => ratios[name]));
  const added = time.flatMap(({ backend, model, ways = [] }) => ways.map((way) => ({ backend, model, ...way })));
  return [
    {
      name: 'training',
      title: `A whole training step with k = ${k}, in milliseconds: medians over whole cycles`,
      note: 'Ratios are medians (and quartiles) of the times of cycles next to each other: below 1 the training is shorter than that of plain Adam.',
      labels: 2,
      head: ['backend', 'model', 'weights', first, ...others, ...compared.map((name) => `${name} : ${first}`), ...jax],
      rows: time.map(({ backend, model, weights, nsPerCycle, ratios, toJax }) => [
        backend,
        model,
        integer(weights),
        ...[first, ...others].map((name) => (nsPerCycle[name] ? figure(nsPerCycle[name].median / k / 1e6) : '')),
        ...compared.map((name) => (ratios[name] ? spread(ratios[name]) : '')),
        ...jax.map(() => (toJax ? spread(toJax) : '')),
      ]),
    },
    {
      name: 'share',
      title: 'What Lookahead itself adds to a step, the merges among it: medians',
      note: 'The share is of the rest of the step, timed directly.',
      labels: 3,
      head: ['backend', 'model', 'way', 'added, us/step', 'share, %', 'quartiles'],
      rows: added.map(({ backend, model, way, addedMicroseconds, sharePercent }) => [
        backend,
        model,
        way,
        figure(addedMicroseconds.median),
        figure(sharePercent.median),
        `${figure(sharePercent.p25)} to ${figure(sharePercent.p75)}`,
      ]),
    },
  ].filter(({ rows }) => rows.length > 0);
}

export const charts = () => [];
