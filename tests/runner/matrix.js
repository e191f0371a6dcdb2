import Table from 'cli-table3';
import { countsOf, sum } from './counts.js';

const backends = ['cpu', 'wasm', 'webgl', 'webgpu'];

const edges = ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) => [
  side,
  `${side}-mid`,
  `${side}-left`,
  `${side}-right`,
]);
const chars = { ...Object.fromEntries(edges.map((edge) => [edge, ''])), middle: ' ' };

/** The tests passed on each backend of each host, and the others; under 80 columns wide. */
export function formatMatrix(results) {
  const table = new Table({
    head: ['', ...backends, 'other', 'failed', 'skipped', 's'],
    colAligns: ['left', ...new Array(backends.length + 4).fill('right')],
    style: { head: [], border: [], compact: true, 'padding-left': 0 },
    chars,
  });
  for (const result of results) {
    const { host, hostSkipped, suites, seconds } = result;
    if (hostSkipped) {
      table.push([host.name, { content: `skipped: ${hostSkipped}`, colSpan: backends.length + 4 }]);
      continue;
    }
    const { failed, skipped } = countsOf(result);
    const passedOn = (choose) => sum(suites.filter(choose), 'passed') || '';
    table.push([
      host.name,
      ...backends.map((backend) => passedOn((suite) => suite.backend === backend)),
      passedOn((suite) => !backends.includes(suite.backend)),
      failed || '',
      skipped || '',
      seconds,
    ]);
  }
  return table.toString();
}
