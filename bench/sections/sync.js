/** Whole merges on each backend, without any part of Node: the page in the browser runs the same. */
import { onEach } from '../backend.js';
import { efforts } from '../compare.js';
import { measureMerge, measureOp } from '../merge.js';
import { sets } from '../sets.js';
import { fitLine } from '../statistics.js';

const FLOATS_IN_EACH = 32;
const contenderNames = ['sync', 'ops', 'loop', 'check', 'bare'];

const few = {
  names: ['MLP 784-128-64-10', 'Stacked LSTM'],
  counts: [1, 10, 100],
  sizes: [2 ** 8, 2 ** 12, 2 ** 16],
  opSizes: [2 ** 10, 2 ** 16],
};
const extents = {
  full: {
    names: Object.keys(sets),
    counts: [1, 3, 10, 30, 100, 300, 1000],
    sizes: [2 ** 8, 2 ** 10, 2 ** 12, 2 ** 14, 2 ** 16, 2 ** 18, 2 ** 20, 2 ** 22, 2 ** 24],
    opSizes: [2 ** 10, 2 ** 16, 2 ** 20, 2 ** 22],
  },
  brief: few,
  short: few,
};

/** @param backends the names of those that are registered. */
export function plan({ backends, extent }) {
  const { names, counts, sizes, opSizes } = extents[extent];
  const effort = efforts[extent];
  return {
    tasks: {
      sets: onEach(backends, names, async (set) => ({ set, ...(await measureMerge(sets[set], effort)) })),
      counts: onEach(backends, counts, (n) => measureMerge(new Array(n).fill([FLOATS_IN_EACH]), effort)),
      sizes: onEach(backends, sizes, (n) => measureMerge([[n]], effort)),
      lerp: onEach(backends, opSizes, (n) => measureOp(n, effort)),
    },
  };
}

/** The fixed cost of a merge, and the cost of each further variable and of each further element. */
export function derive({ counts, sizes }) {
  const fit = (rows, contender, x) =>
    fitLine(rows.filter(({ ns }) => ns[contender]).map((row) => [row[x], row.ns[contender].median]));
  const backends = [...new Set(counts.map(({ backend }) => backend))];
  const fits = backends.flatMap((backend) => {
    const [byCount, bySize] = [counts, sizes].map((rows) => rows.filter((row) => row.backend === backend));
    return contenderNames.map((contender) => {
      const [count, size] = [fit(byCount, contender, 'variables'), fit(bySize, contender, 'weights')];
      if (!(count && size)) return undefined;
      return {
        backend,
        contender,
        nsPerCall: count.intercept,
        nsPerVariable: count.slope,
        nsPerElement: size.slope,
      };
    });
  });
  return { fits: fits.filter(Boolean) };
}
