/** A run that is saved to real files and goes on in a fresh process equals the uninterrupted one, bit for bit. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { innerOptimizers } from '../support/inner-optimizers.js';

const script = fileURLToPath(new URL('resume-process.js', import.meta.url));
const run = (...args) => execFileSync(process.execPath, [script, ...args], { encoding: 'utf8' });

const test = suite('resume in a fresh process');

const outers = ['SGD', 'Nesterov', 'Adam'];
const pairs = [
  ...Object.keys(innerOptimizers).map((inner) => [inner, 'none']),
  ...['SGD', 'Momentum', 'Adam'].flatMap((inner) => outers.map((outer) => [inner, outer])),
];

for (const backend of ['cpu', 'wasm']) {
  for (const [inner, outer] of pairs) {
    test(`${inner} on ${backend}, outer optimizer: ${outer}`, () => {
      const folder = mkdtempSync(join(tmpdir(), 'lookahead-'));
      try {
        const uninterrupted = run('start', backend, inner, outer, folder);
        const resumed = run('resume', backend, inner, outer, folder);
        assert.match(resumed, /^[0-9a-f]{32,}\n$/);
        assert.is(resumed, uninterrupted);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
}

test.run();
