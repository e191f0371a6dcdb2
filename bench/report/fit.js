import { figure, integer, spread } from './format.js';

export function tables({ k, batches, time }) {
  const [first, ...others] = Object.keys(time[0].nsPerEpoch);
  return [
    {
      name: 'fit',
      title: `A batch of model.fit with k = ${k}, in milliseconds: medians over epochs of ${batches} batches`,
      note: 'Ratios are medians (and quartiles) of the times of epochs next to each other.',
      labels: 2,
      head: ['backend', 'model', 'weights', first, ...others, ...others.map((name) => `${name} : ${first}`)],
      rows: time.map(({ backend, model, weights, nsPerEpoch, ratios }) => [
        backend,
        model,
        integer(weights),
        ...[first, ...others].map((name) => figure(nsPerEpoch[name].median / batches / 1e6)),
        ...others.map((name) => spread(ratios[name])),
      ]),
    },
  ];
}

export const charts = () => [];
