/**
 * Builds and checks the package, and tests it where faults are found: `node tests/run.js`. `node tests/run.js --rest` then
 * tests it in all other hosts, and judges both. Hosts run two side by side.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { executablePath } from '../tools/browser/chromium.js';
import { findIdleFiles, findMissingTests } from './runner/completeness.js';
import { countsOf, formatCounts, sum } from './runner/counts.js';
import { hosts } from './runner/hosts.js';
import { formatMatrix } from './runner/matrix.js';
import { runHost } from './runner/run-host.js';
import { formatSlowest } from './runner/slowest.js';
import { installRuntimes } from './runtimes/install.js';

/** The results of the first hosts, kept for the tests of the rest. */
const record = new URL('../build/tests/results.json', import.meta.url);

/** One line, and under it the details of what failed. */
function printResult(result) {
  const { host, hostSkipped, version = 'did not start', faults, notes, details, seconds } = result;
  if (hostSkipped) {
    console.log(`- ${host.name}: skipped, ${hostSkipped}`);
    return;
  }
  const counts = countsOf(result);
  console.log(`${counts.failed === 0 ? '✓' : '✘'} ${host.name}: ${formatCounts(counts)}, ${seconds} s (${version})`);
  for (const fault of faults) console.log(`  It ${fault}.`);
  for (const note of notes) console.log(`  ${note}`);
  if (details) console.log(`\n${details}`);
}

/** The hosts in two lanes, the longest first, so that both end at about the same time. */
async function runHosts(hosts, runtimesMissing) {
  const length = ({ backends }) => backends.length || 3; // without backends: other processes, examples, bundlers
  const waiting = hosts.toSorted((one, other) => length(other) - length(one));
  const results = new Map();
  const lane = async () => {
    for (let host = waiting.shift(); host; host = waiting.shift()) {
      const result = await runHost(host, runtimesMissing);
      printResult(result);
      results.set(host, result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane));
  return hosts.map((host) => results.get(host));
}

/** @returns what is wrong, if a script of package.json fails. */
async function findFaults(script) {
  const child = spawn('npm', ['run', '--silent', script], { stdio: 'inherit', shell: true });
  const [status] = await once(child, 'close');
  return status === 0 ? [] : [`npm run ${script} has failed`];
}

async function testFirst() {
  rmSync(record, { force: true });
  const faults = await findFaults('build');
  const chosen = faults.length > 0 ? [] : hosts.filter(({ first }) => first);
  if (chosen.length > 0) {
    await executablePath(); // or else two hosts would unpack it at the same time
    console.log(`Testing in ${chosen.length} hosts; one line for each when it is done:`);
  }
  const checks = faults.length > 0 ? [] : ['lint', 'typecheck'].map(findFaults);
  const results = await runHosts(chosen);
  faults.push(...(await Promise.all(checks)).flat());
  mkdirSync(new URL('.', record), { recursive: true });
  writeFileSync(record, JSON.stringify({ results, faults }));
  return { results, faults };
}

async function testRest() {
  const { results: first, faults } = existsSync(record)
    ? JSON.parse(readFileSync(record, 'utf8'))
    : { results: [], faults: ['npm test has not come to its end'] };
  console.log("Installing other runtimes, and npm's Chromium where the machine has none...");
  const runtimesMissing = installRuntimes();
  await executablePath();
  const rest = hosts.filter(({ first }) => !first);
  console.log(`Testing in ${rest.length} hosts more, which takes minutes; one line for each when it is done:`);
  const results = [...first, ...(await runHosts(rest, runtimesMissing))];
  const ran = results.filter(({ hostSkipped }) => !hostSkipped);
  return { results, faults: faults.length > 0 ? faults : findIdleFiles(ran) };
}

const { rest } = parseArgs({ options: { rest: { type: 'boolean' } } }).values;
const { results, faults } = await (rest ? testRest() : testFirst());
const ran = results.filter(({ hostSkipped }) => !hostSkipped);
for (const result of ran.filter(({ faults }) => faults.length === 0)) result.faults = findMissingTests(result, ran);

console.log(`\n${formatMatrix(results)}\n\n${formatSlowest(ran)}\n`);
for (const { host, faults } of ran) for (const fault of faults) console.log(`✘ ${host.name}: it ${fault}`);
for (const fault of faults) console.log(`✘ ${fault}`);
const counts = ran.map(countsOf);
const failed = sum(counts, 'failed') + faults.length;
console.log(formatCounts({ passed: sum(counts, 'passed'), failed, skipped: sum(counts, 'skipped') }));
process.exitCode = failed === 0 ? 0 : 1;
