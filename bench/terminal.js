import Table from 'cli-table3';

export function formatTable({ title, note, head, rows }) {
  const table = new Table({ head, style: { head: [], border: [], compact: true }, colAligns: head.map(() => 'right') });
  table.push(...rows);
  return `${title}\n${table}${note ? `\n${note}` : ''}\n`;
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
  ].join('\n');
}
