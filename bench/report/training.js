import { figure, integer, ratio, spread } from './format.js';

const names = { sync: 'Adam and sync()', optimizer: 'lookahead(adam)' };

export function tables({ k, time, memory }) {
  return [
    {
      name: 'training',
      title: `A training step with k = ${k}: medians (and quartiles) over whole cycles`,
      note:
        'The share is of the time spent in what was added, timed directly. The difference of whole cycles to those of ' +
        'bare Adam is beside it: its quartiles say how much of it is noise.',
      head: ['backend', 'model', 'Adam, ms/step', 'way', 'added, us/step', 'share, %', 'difference, %'],
      rows: time.flatMap(({ backend, model, stepMilliseconds, ways }) =>
        ways.map(({ way, addedMicroseconds, sharePercent, differencePercent }) => [
          backend,
          model,
          figure(stepMilliseconds.median),
          names[way],
          figure(addedMicroseconds.median),
          spread(sharePercent),
          spread(differencePercent),
        ]),
      ),
    },
    {
      name: 'memory',
      title: 'Memory that Lookahead adds, in bytes and as a multiple of the weights',
      head: ['backend', 'model', 'weights', 'in mid-cycle', 'allocated by a merge', 'just after a merge'],
      rows: memory.map(({ backend, model, weightBytes, atRestBytes, mergeBytes, afterMergeBytes }) => [
        backend,
        model,
        integer(weightBytes),
        ...[atRestBytes, mergeBytes, afterMergeBytes].map(
          (bytes) => `${integer(bytes)} (${ratio(bytes / weightBytes)})`,
        ),
      ]),
    },
  ];
}

export const charts = () => [];
