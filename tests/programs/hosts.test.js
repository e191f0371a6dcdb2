/** Tests that never end, and browsers that die: the host is stopped or goes on, and the report names the test. */
import { execFileSync, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runHost } from '../runner/run-host.js';

/** Enough for a host to start in. */
const SILENCE_MS = 30_000;

const optionsFor = (fixture) => ['--file', `fixtures/hosts/${fixture}.js`];

const test = suite('hosts');

test('a loop without an end, in Node and in a page: the host is stopped, and the test named', async () => {
  const scripts = ['this-process.js', 'chromium.js'];
  const results = await Promise.all(
    scripts.map((script) => {
      const host = { name: script, script, options: optionsFor('endless-loop'), backends: ['cpu'] };
      return runHost(host, undefined, SILENCE_MS);
    }),
  );
  for (const { host, faults } of results) {
    const where = 'in tests/fixtures/hosts/endless-loop.js, a suite: "never ends"';
    assert.equal(faults, [`neither printed nor reported anything for 0.5 minutes and was stopped ${where}`], host.name);
  }
});

const childrenOf = (pid) =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child);

/** Runs a fixture in Chromium, which it kills so many times, always while the test waits. */
async function runAndKill(fixture, times) {
  const script = fileURLToPath(new URL('../hosts/chromium.js', import.meta.url));
  const host = spawn(process.execPath, [script, ...optionsFor(fixture), 'cpu'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TEST_REPORT: '' },
  });
  const closed = new Promise((resolve) => host.once('close', resolve));
  let killed = 0;
  host.stdout.on('data', (data) => {
    if (!String(data).includes('waiting suite  ') || killed === times) return;
    ++killed;
    for (const pid of childrenOf(host.pid)) process.kill(pid, 'SIGKILL');
  });
  const [code, stdout, stderr] = await Promise.all([closed, text(host.stdout), text(host.stderr)]);
  return { code, stdout, stderr, killed };
}

test('a browser that dies is started again, from the suite in which it was, and the report says so', async () => {
  const { code, stdout, stderr } = await runAndKill('waits-at-first', 1);
  assert.is(code, 0, stderr);
  const where = 'in tests/fixtures/hosts/waits-at-first.js, waiting suite: "waits at first"';
  assert.match(stdout, `died ${where}, and was started again.`);
  assert.match(stdout, '\n2 passed, 0 failed');
});

test('a browser that dies again is a failure, with the name of the test', async () => {
  const { code, stderr, killed } = await runAndKill('waits', 2);
  assert.is(killed, 2);
  assert.is(code, 1);
  assert.match(stderr, 'The browser died again, in tests/fixtures/hosts/waits.js, waiting suite: "waits".');
});

test.run();
