import { microseconds, none, ratio } from './format.js';

export function tables({ calls }) {
  return [
    {
      name: 'kernels',
      title: 'Single kernels on wasm, in microseconds',
      note: 'The limit: the multiply-adds, at the rate of the bare pass of a small product whose values all lie in the cache; where a kernel moves values, a copy of as many by set(). TensorFlow.js has no kernel where there is a dash.',
      labels: 2,
      head: ['kernel', 'call', 'tfjs', 'ours', 'limit', 'tfjs : ours', 'ours : limit'],
      rows: calls.map(({ kernel, what, ns: { tfjs, ours }, limitNs }) => [
        kernel,
        what,
        tfjs ? microseconds(tfjs.median) : none,
        microseconds(ours.median),
        microseconds(limitNs),
        tfjs ? ratio(tfjs.median / ours.median) : none,
        ratio(ours.median / limitNs),
      ]),
    },
  ];
}

export const charts = () => [];
