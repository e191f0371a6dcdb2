import { palette } from '../../tools/palette.js';
import { integer, microseconds, none, ratio } from './format.js';

const names = { tfjs: 'tfjs', fused: 'fused', copy: 'copy (limit)' };
const colors = { tfjs: palette.vermilion, fused: palette.blue, copy: palette.orange };

const time = (ns, name) => (ns?.[name] ? microseconds(ns[name].median) : none);
const compared = (ns, one, other) => (ns?.[one] && ns[other] ? ratio(ns[one].median / ns[other].median) : none);
const timesFaster = ({ ratios }) => ratio(1 / ratios.fused.median);
const unique = (rows, key) => [...new Set(rows.map((row) => row[key]))];

/** A row for each optimizer and backend, a column for each set. */
function bySet(rows, cell) {
  const setNames = unique(rows, 'set');
  return {
    labels: 2,
    head: ['backend', 'optimizer', ...setNames],
    rows: unique(rows, 'backend').flatMap((backend) =>
      unique(rows, 'optimizer').map((optimizer) => {
        const of = (set) =>
          rows.find((row) => row.backend === backend && row.optimizer === optimizer && row.set === set);
        return [backend, optimizer, ...setNames.map((set) => (of(set) ? cell(of(set)) : none))];
      }),
    ),
  };
}

export function tables({ sets, sizes }) {
  const onGPU = sets.some(({ callNs }) => callNs);
  const calls = onGPU ? ['tfjs, the call', 'fused, the call', 'call : call'] : [];
  const callCells = ({ callNs }) =>
    onGPU ? [time(callNs, 'tfjs'), time(callNs, 'fused'), compared(callNs, 'tfjs', 'fused')] : [];
  const head = [...Object.values(names), 'tfjs : fused', 'fused : copy', ...calls];
  const cells = (row) => [
    ...Object.keys(names).map((name) => time(row.ns, name)),
    timesFaster(row),
    compared(row.ns, 'fused', 'copy'),
    ...callCells(row),
  ];
  const called = 'The call: until it returns, which is the part of the host; the GPU works on.';
  return [
    {
      name: 'step',
      title: 'A step of Adam, in microseconds',
      note: `The copy, set(), moves as many bytes as a step has to.${onGPU ? ` ${called}` : ''}`,
      labels: 2,
      head: ['backend', 'set (variables)', 'weights', ...head],
      rows: sets
        .filter(({ optimizer }) => optimizer === 'Adam')
        .map((row) => [row.backend, `${row.set} (${row.variables})`, integer(row.weights), ...cells(row)]),
    },
    {
      name: 'step-ratios',
      title: 'How many times faster the fused step is, tfjs : fused',
      ...bySet(sets, timesFaster),
    },
    {
      name: 'step-limits',
      title: 'How far it is from the limit, fused : copy',
      ...bySet(
        sets.filter(({ callNs }) => !callNs),
        ({ ns }) => compared(ns, 'fused', 'copy'),
      ),
    },
    {
      name: 'step-sizes',
      title: 'A step of Adam over one variable, in microseconds',
      labels: 2,
      head: ['backend', 'weights', ...head],
      rows: sizes.map((row) => [row.backend, integer(row.weights), ...cells(row)]),
    },
  ].filter(({ rows }) => rows.length > 0);
}

export function charts({ sizes }) {
  return unique(sizes, 'backend').map((backend) => {
    const rows = sizes.filter((row) => row.backend === backend);
    const lines = Object.entries(names)
      .map(([contender, name]) => ({
        name,
        color: colors[contender],
        isLimit: contender === 'copy',
        points: rows
          .filter(({ ns }) => ns[contender])
          .map(({ weights, ns }) => [weights, ns[contender].median / weights]),
      }))
      .filter(({ points }) => points.length > 0);
    return {
      name: `step-${backend}`,
      title: `${backend}: a step of Adam over one variable`,
      x: 'elements',
      y: 'ns per element',
      lines,
    };
  });
}
