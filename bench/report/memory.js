import { integer, none, ratio } from './format.js';

export function tables({ step, lookahead }) {
  const beside = (weightBytes) => (bytes) =>
    bytes === undefined ? none : `${integer(bytes)} (${ratio(bytes / weightBytes)})`;
  return [
    {
      name: 'step-memory',
      title: 'Memory of a step of Adam beside its state, in bytes and as a multiple of the weights',
      note: 'Allocated: in the whole step, what is freed again included. At once: the high-water mark of the heap of tfjs.',
      labels: 2,
      head: ['backend', 'model', 'weights', 'tfjs, allocated', 'fused, allocated', 'tfjs, at once', 'fused, at once'],
      rows: step.map(({ backend, model, weightBytes, plain, fused }) => [
        backend,
        model,
        integer(weightBytes),
        ...['allocatedBytes', 'highWaterBytes'].flatMap((key) => [plain[key], fused[key]].map(beside(weightBytes))),
      ]),
    },
    {
      name: 'memory',
      title: 'Memory that Lookahead adds, in bytes and as a multiple of the weights',
      labels: 2,
      head: ['backend', 'model', 'weights', 'in mid-cycle', 'allocated by a merge', 'just after a merge'],
      rows: lookahead.map(({ backend, model, weightBytes, atRestBytes, mergeBytes, afterMergeBytes }) => [
        backend,
        model,
        integer(weightBytes),
        ...[atRestBytes, mergeBytes, afterMergeBytes].map(beside(weightBytes)),
      ]),
    },
  ];
}

export const charts = () => [];
