import { cpus } from 'node:os';
import '@tensorflow/tfjs-backend-wasm';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import * as kernel from './kernel.js';
import * as sync from './sync.js';

const [{ model }] = cpus();
console.log(`${model}, ${cpus().length} cores, Node ${process.version}, ${process.platform} ${process.arch}`);
console.log('npm run bench: medians of five interleaved rounds\n');

const backends = ['wasm', 'cpu'];
const sections = [
  { ...kernel, rows: kernel.rows() },
  { ...sync, steps: sync.stepsOf(backends), rows: sync.rows(backends) },
];

for (const { title, head, steps, rows } of sections) {
  const bar = new SingleBar({ format: '{bar} {value}/{total}', stream: process.stderr, clearOnComplete: true });
  bar.start(steps, 0);
  const table = new Table({ head, style: { head: [], border: [] }, colAligns: head.map(() => 'right') });
  for await (const row of rows) {
    table.push(row);
    bar.increment();
  }
  bar.stop();
  console.log(`${title}\n${table}\n`);
}
