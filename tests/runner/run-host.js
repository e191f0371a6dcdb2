import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, unwatchFile, watchFile, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { LAST_RESORT_MS } from '../../tools/last-resort.js';
import { nameOfTest } from '../hosts/report.js';
import { runtimes } from '../runtimes/install.js';
import { sum, testsIn } from './counts.js';

/** More than the last resort of a wait in a test, because that one tells what did not come. */
const LONGEST_SILENCE_MS = 1.5 * LAST_RESORT_MS;
/** The time for a host to close its browser, once it is told to end. */
const CLOSING_MS = 60_000;
const LAST_LINES = 30;

const stopping = new Set();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const stop of stopping) stop();
    process.kill(process.pid, signal);
  });
}

/** @returns the child process, whose own processes are a group with it; `end` ends them all. */
function startGroup(program, args, env) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env });
  const kill = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {} // they have ended by themselves
  };
  let kills;
  const end = () => {
    kill('SIGTERM');
    kills = setTimeout(kill, CLOSING_MS, 'SIGKILL');
  };
  stopping.add(end);
  child.once('close', () => {
    clearTimeout(kills);
    stopping.delete(end);
  });
  return { child, end };
}

/**
 * @param silence for how long the host may neither print nor report anything before it is stopped, in milliseconds.
 * @returns the exit code, whether it was stopped, the output, and the entries that the host reported.
 */
async function execute({ script, thorough, runtime, runtimeArgs = [], options = [], backends }, silence) {
  const folder = mkdtempSync(join(tmpdir(), 'lookahead-tests-'));
  const reportFile = join(folder, 'report');
  writeFileSync(reportFile, '');
  const path = fileURLToPath(new URL(`../hosts/${script}`, import.meta.url));
  const program = runtime ? runtimes[runtime] : process.execPath;
  const { child, end } = startGroup(
    program,
    [...runtimeArgs, path, ...(thorough ? [] : ['--brief']), ...options, ...backends],
    {
      ...process.env,
      TEST_REPORT: reportFile,
    },
  );
  let stopped = false;
  const timer = setTimeout(() => {
    stopped = true;
    end();
  }, silence);
  const sign = () => !stopped && timer.refresh();
  watchFile(reportFile, { interval: 1000 }, sign);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (data) => {
      output += data;
      sign();
    });
  }
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      output += error.message;
    });
    child.on('close', resolve);
  });
  clearTimeout(timer);
  unwatchFile(reportFile);
  const lines = readFileSync(reportFile, 'utf8').split('\n').filter(Boolean);
  rmSync(folder, { recursive: true });
  return { code, stopped, output: stripVTControlCharacters(output), entries: lines.map((line) => JSON.parse(line)) };
}

/** Faults of a run, apart from tests that failed. */
function findFaults({ code, stopped, suites, failed, finished, last }, { backends }, silence) {
  const ending = code === null ? 'was ended by a signal' : `ended with code ${code}`;
  if (!finished) {
    const where = last ? `in ${nameOfTest(last)}` : 'before its first test';
    const silent = `neither printed nor reported anything for ${silence / 60_000} minutes and was stopped`;
    return [`${stopped ? silent : ending} ${where}`];
  }
  const idle = backends.filter((backend) => !suites.some((suite) => suite.backend === backend && testsIn(suite) > 0));
  return [
    ...idle.map((backend) => `ran no test on ${backend}`),
    ...(code !== 0 && failed === 0 ? [`${stopped ? 'did not end' : ending} after its tests had passed`] : []),
  ];
}

/** @returns the suites that ran, with their counts, and the faults of the host itself; or why it was skipped. */
export async function runHost(host, runtimesMissing, silence = LONGEST_SILENCE_MS) {
  if (host.runtime || host.needsRuntimes) {
    if (runtimesMissing) return { host, hostSkipped: runtimesMissing };
    if (host.runtime && !existsSync(runtimes[host.runtime])) return { host, hostSkipped: 'not installed' };
  }
  const start = performance.now();
  const { code, stopped, output, entries } = await execute(host, silence);
  const seconds = Math.round((performance.now() - start) / 1000);
  const find = (key) => entries.find((entry) => key in entry)?.[key];
  if (code === 0 && find('hostSkipped')) return { host, hostSkipped: find('hostSkipped') };

  const suites = entries.filter((entry) => 'passed' in entry);
  const run = {
    code,
    stopped,
    suites,
    failed: sum(suites, 'failed'),
    finished: find('finished'),
    last: entries.findLast((entry) => entry.began)?.began,
  };
  const faults = findFaults(run, host, silence);
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
