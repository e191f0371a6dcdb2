import { integer, none, spread } from './format.js';

export function tables({ processes, times, sizes }) {
  return [
    {
      name: 'start',
      title: `Once in a process, in ms: medians (and quartiles) of ${processes} fresh processes`,
      note: 'Both merges are of the MLP, with fast weights newly assigned; the first compiles the kernel.',
      labels: 1,
      head: ['backend', 'import of tfjs', 'import of tfjs-lookahead', 'first merge', 'second merge'],
      rows: times.map(({ backend, milliseconds }) => [
        backend,
        ...['importTfjs', 'importLookahead', 'firstMerge', 'secondMerge'].map((key) => spread(milliseconds[key])),
      ]),
    },
    {
      name: 'download',
      title: 'Sizes in bytes',
      labels: 1,
      head: ['what', 'minified', 'gzipped'],
      rows: sizes.map(({ what, bytes, gzipBytes }) => [what, integer(bytes), gzipBytes ? integer(gzipBytes) : none]),
    },
  ];
}

export const charts = () => [];
