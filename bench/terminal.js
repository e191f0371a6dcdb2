import { wrapped } from '../tools/wrapped.js';

const WIDTH = 80;
const GAP = '  ';

/**
 * A table in lines of 80 columns. If it is wider, it goes on below, and repeats the columns that say what a row is
 * about.
 *
 * @param table from a report; `labels` is the number of these columns, which come first.
 */
export function formatTable({ title, note, labels, head, rows }) {
  const columns = head.map((name, i) =>
    layOut(
      name,
      rows.map((row) => String(row[i])),
      i < labels,
    ),
  );
  const first = columns.slice(0, labels);
  const blocks = [];
  let room = 0;
  for (const column of columns.slice(labels)) {
    if (column.width > room) {
      blocks.push([...first]);
      room = WIDTH - widthOf(first);
    }
    blocks.at(-1).push(column);
    room -= column.width + GAP.length;
  }
  return [wrapped(title), ...blocks.map(formatBlock), ...(note ? [wrapped(note)] : [])].join('\n\n').concat('\n');
}

const widthOf = (columns) => columns.reduce((sum, { width }) => sum + width + GAP.length, 0);

/** A column is as wide as its cells, and its head is broken into lines of that width. Numbers are aligned to the right. */
function layOut(name, cells, isLabel) {
  const width = Math.max(...[...name.split(' '), ...cells].map(({ length }) => length));
  const pad = (text) => (isLabel ? text.padEnd(width) : text.padStart(width));
  return { width, head: wrapped(name, width).split('\n').map(pad), cells: cells.map(pad), empty: pad('') };
}

function formatBlock(columns) {
  const headLines = Math.max(...columns.map(({ head }) => head.length));
  const line = (pick) => columns.map(pick).join(GAP).trimEnd();
  return [
    ...Array.from({ length: headLines }, (_, i) =>
      line(({ head, empty }) => head[i - headLines + head.length] ?? empty),
    ),
    '-'.repeat(widthOf(columns) - GAP.length),
    ...columns[0].cells.map((_, i) => line(({ cells }) => cells[i])),
  ].join('\n');
}

const formatComputer = ({ cpu, cores, memoryBytes, system }) =>
  `${cpu}, ${cores} cores, ${Math.round(memoryBytes / 2 ** 30)} GiB, ${system}`;

function formatBrowser({ engine, cores, ...features }) {
  const facts = Object.entries(features).map(([name, isOn]) => `${name} ${isOn ? 'on' : 'off'}`);
  return `${engine}\n${[`${cores} cores`, ...facts].join(', ')}`;
}

/** The lines above all figures: what was run, and on what machine. */
export function formatHeading({ command, machine, versions, short }) {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    machine.engine ? formatBrowser(machine) : formatComputer(machine),
    list.join(', '),
    `${command}: medians of interleaved rounds, every result checked before it was timed`,
    ...(short ? ['A short run: it shows that all works, and its figures say little.'] : []),
    '',
  ]
    .map((line) => wrapped(line))
    .join('\n');
}
