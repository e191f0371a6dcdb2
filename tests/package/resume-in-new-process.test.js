/** Runs that are saved to real files and go on in a fresh process equal the uninterrupted ones, bit for bit. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { innerOptimizers } from '../support/inner-optimizers.js';

const script = fileURLToPath(new URL('resume-process.js', import.meta.url));

const test = suite('resume in a fresh process');

const outers = ['SGD', 'Nesterov', 'Adam'];
const pairs = [
  ...Object.keys(innerOptimizers).map((inner) => [inner, 'none']),
  ...['SGD', 'Momentum', 'Adam'].flatMap((inner) => outers.map((outer) => [inner, outer])),
];

for (const backend of ['cpu', 'wasm']) {
  let uninterrupted;
  let resumed;

  test(`both processes end on ${backend}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'lookahead-'));
    const run = (command) => {
      const args = [script, command, backend, folder, JSON.stringify(pairs)];
      return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
    };
    try {
      uninterrupted = run('start');
      resumed = run('resume');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  for (const [i, [inner, outer]] of pairs.entries()) {
    test(`${inner} on ${backend}, outer optimizer: ${outer}`, () => {
      assert.match(resumed[i], /^[0-9a-f]{32,}$/);
      assert.is(resumed[i], uninterrupted[i]);
    });
  }
}

test.run();
