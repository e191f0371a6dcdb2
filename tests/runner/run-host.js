import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { runtimes } from '../runtimes/install.js';
import { sum, testsIn } from './counts.js';

const TIME_LIMIT_MINUTES = 8;
const LAST_LINES = 30;

/** @returns the exit code, the output, and the entries that the host reported. */
async function execute({ script, runtime, runtimeArgs = [], options = [], backends }) {
  const folder = mkdtempSync(join(tmpdir(), 'lookahead-tests-'));
  const reportFile = join(folder, 'report');
  const path = fileURLToPath(new URL(`../hosts/${script}`, import.meta.url));
  const program = runtime ? runtimes[runtime] : process.execPath;
  const child = spawn(program, [...runtimeArgs, path, ...options, ...backends], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIME_LIMIT_MINUTES * 60_000,
    env: { ...process.env, TEST_REPORT: reportFile },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (data) => {
      output += data;
    });
  }
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      output += error.message;
    });
    child.on('close', resolve);
  });
  const lines = existsSync(reportFile) ? readFileSync(reportFile, 'utf8').trim().split('\n') : [];
  rmSync(folder, { recursive: true });
  return { code, output: stripVTControlCharacters(output), entries: lines.map((line) => JSON.parse(line)) };
}

/** What is wrong with a run, apart from tests that failed. */
function findFaults({ code, suites, failed, finished }, { backends }) {
  const ending =
    code === null ? `was stopped, after ${TIME_LIMIT_MINUTES} minutes or by a signal` : `ended with code ${code}`;
  if (!finished) return [`${ending} before all tests had run`];
  const idle = backends.filter((backend) => !suites.some((suite) => suite.backend === backend && testsIn(suite) > 0));
  return [
    ...idle.map((backend) => `ran no test on ${backend}`),
    ...(code !== 0 && failed === 0 ? [`${ending} after its tests had passed`] : []),
  ];
}

/** @returns the suites that ran, with their counts, and the faults of the host itself; or why it was skipped. */
export async function runHost(host, runtimesMissing) {
  if (host.runtime || host.needsRuntimes) {
    if (runtimesMissing) return { host, hostSkipped: runtimesMissing };
    if (host.runtime && !existsSync(runtimes[host.runtime])) return { host, hostSkipped: 'not installed' };
  }
  const start = performance.now();
  const { code, output, entries } = await execute(host);
  const seconds = Math.round((performance.now() - start) / 1000);
  const find = (key) => entries.find((entry) => key in entry)?.[key];
  if (code === 0 && find('hostSkipped')) return { host, hostSkipped: find('hostSkipped') };

  const suites = entries.filter((entry) => 'passed' in entry);
  const faults = findFaults({ code, suites, failed: sum(suites, 'failed'), finished: find('finished') }, host);
  const details = suites.map((suite) => stripVTControlCharacters(suite.details)).join('');
  const lastLines = faults.length > 0 ? `${output.trimEnd().split('\n').slice(-LAST_LINES).join('\n')}\n` : '';
  return {
    host,
    seconds,
    version: find('version'),
    files: find('files') ?? [],
    suites,
    faults,
    notes: entries.flatMap(({ note }) => note ?? []),
    details: details + lastLines,
  };
}
