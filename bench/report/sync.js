import { figure, integer, microseconds, none, ratio } from './format.js';

const names = { sync: 'sync()', ops: 'tfjs ops', loop: 'dataSync() loop', bare: 'bare kernel' };

export function tables({ sets, counts, sizes, lerp, fits }) {
  const medians = ({ ns }) =>
    ['sync', 'ops', 'loop', 'bare'].map((name) => (ns[name] ? microseconds(ns[name].median) : none));
  const ratios = ({ ns }) => [
    ratio(ns.ops.median / ns.sync.median),
    ratio(ns.loop.median / ns.sync.median),
    ns.bare ? ratio(ns.sync.median / ns.bare.median) : none,
  ];
  const head = [...Object.values(names), 'ops : sync()', 'loop : sync()', 'sync() : bare'];
  return [
    {
      name: 'sets',
      title: 'A whole merge, fast weights newly assigned before each, in microseconds',
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
      head: ['backend', 'variables', ...head],
      rows: counts.map((row) => [row.backend, integer(row.variables), ...medians(row), ...ratios(row)]),
    },
    {
      name: 'sizes',
      title: 'A merge of one variable, in microseconds',
      head: ['backend', 'weights', ...head],
      rows: sizes.map((row) => [row.backend, integer(row.weights), ...medians(row), ...ratios(row)]),
    },
    {
      name: 'fits',
      title: 'What a merge costs: lines fitted to the two tables above, least squares of relative errors',
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
      head: ['backend', 'elements', 'lerp()', 'tfjs ops', 'ops : lerp()'],
      rows: lerp.map(({ backend, elements, ns }) => [
        backend,
        integer(elements),
        microseconds(ns.lerp.median),
        microseconds(ns.ops.median),
        ratio(ns.ops.median / ns.lerp.median),
      ]),
    },
  ];
}

export function charts({ counts, sizes }) {
  const backends = [...new Set(sizes.map(({ backend }) => backend))];
  const lines = (rows, x) =>
    Object.keys(rows[0].ns).map((contender) => ({
      name: names[contender],
      isLimit: contender === 'bare',
      points: rows.map((row) => [row[x], row.ns[contender].median / row[x]]),
    }));
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
