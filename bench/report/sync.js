import { palette } from '../../tools/palette.js';
import { figure, integer, microseconds, none, ratio } from './format.js';

const names = {
  sync: 'sync()',
  ops: 'tfjs ops',
  loop: 'dataSync() loop',
  check: 'finite check',
  bare: 'bare kernel',
};
const colors = {
  sync: palette.blue,
  ops: palette.vermilion,
  loop: palette.green,
  check: palette.orange,
  bare: palette.pink,
};

const compared = (one, other) => (one && other ? ratio(one.median / other.median) : none);

export function tables({ sets, counts, sizes, lerp, fits }) {
  const medians = ({ ns }) => Object.keys(names).map((name) => (ns[name] ? microseconds(ns[name].median) : none));
  const ratios = ({ ns }) => [
    compared(ns.ops, ns.sync),
    compared(ns.loop, ns.sync),
    compared(ns.check, ns.sync),
    compared(ns.sync, ns.bare),
  ];
  const head = [...Object.values(names), 'ops : sync()', 'loop : sync()', 'check : sync()', 'sync() : bare'];
  return [
    {
      name: 'sets',
      title: 'A whole merge, fast weights newly assigned before each, in microseconds',
      labels: 2,
      head: ['backend', 'set (variables)', 'weights', ...head],
      rows: sets.map((row) => [
        row.backend,
        `${row.set} (${row.variables})`,
        integer(row.weights),
        ...medians(row),
        ...ratios(row),
      ]),
    },
    {
      name: 'counts',
      title: 'A merge of variables of 32 floats each, in microseconds',
      labels: 2,
      head: ['backend', 'variables', ...head],
      rows: counts.map((row) => [row.backend, integer(row.variables), ...medians(row), ...ratios(row)]),
    },
    {
      name: 'sizes',
      title: 'A merge of one variable, in microseconds',
      labels: 2,
      head: ['backend', 'weights', ...head],
      rows: sizes.map((row) => [row.backend, integer(row.weights), ...medians(row), ...ratios(row)]),
    },
    {
      name: 'fits',
      title: 'What a merge costs: lines fitted to the two tables above, least squares of relative errors',
      labels: 2,
      head: ['backend', 'contender', 'ns per call', 'ns per variable of 32 floats', 'ns per element'],
      rows: fits.map(({ backend, contender, nsPerCall, nsPerVariable, nsPerElement }) => [
        backend,
        names[contender],
        integer(nsPerCall),
        integer(nsPerVariable),
        figure(nsPerElement),
      ]),
    },
    {
      name: 'lerp',
      title: 'The op alone, lerp() against sub, mul, add, in microseconds',
      labels: 2,
      head: ['backend', 'elements', 'lerp()', 'tfjs ops', 'ops : lerp()'],
      rows: lerp.map(({ backend, elements, ns }) => [
        backend,
        integer(elements),
        ...['lerp', 'ops'].map((name) => (ns[name] ? microseconds(ns[name].median) : none)),
        compared(ns.ops, ns.lerp),
      ]),
    },
  ].filter(({ rows }) => rows.length > 0);
}

export function charts({ counts, sizes }) {
  const backends = [...new Set(sizes.map(({ backend }) => backend))];
  const lines = (rows, x) =>
    Object.entries(names)
      .map(([contender, name]) => ({
        name,
        color: colors[contender],
        isLimit: contender === 'bare',
        points: rows.filter(({ ns }) => ns[contender]).map((row) => [row[x], row.ns[contender].median / row[x]]),
      }))
      .filter(({ points }) => points.length > 0);
  return backends.flatMap((backend) => {
    const of = (rows) => rows.filter((row) => row.backend === backend);
    return [
      {
        name: `sizes-${backend}`,
        title: `${backend}: a merge of one variable`,
        x: 'elements',
        y: 'ns per element',
        lines: lines(of(sizes), 'weights'),
      },
      {
        name: `counts-${backend}`,
        title: `${backend}: a merge of variables of 32 floats`,
        x: 'variables',
        y: 'ns per variable',
        lines: lines(of(counts), 'variables'),
      },
    ];
  });
}
