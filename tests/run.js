/** Runs all tests in every host, two side by side, and prints what passed where. */
import { availableParallelism } from 'node:os';
import { executablePath } from '../tools/browser/chromium.js';
import { findIdleFiles, findMissingTests } from './runner/completeness.js';
import { countsOf, formatCounts, sum } from './runner/counts.js';
import { hosts } from './runner/hosts.js';
import { formatMatrix } from './runner/matrix.js';
import { runHost } from './runner/run-host.js';
import { installRuntimes } from './runtimes/install.js';

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
async function runHosts(runtimesMissing) {
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

console.log("Installing other runtimes, and npm's Chromium where the machine has none...");
const runtimesMissing = installRuntimes();
await executablePath(); // or else two hosts would unpack it at the same time

console.log(`Testing in ${hosts.length} hosts, which takes minutes; one line for each when it is done:`);
const results = await runHosts(runtimesMissing);
const ran = results.filter(({ hostSkipped }) => !hostSkipped);

const idleFiles = findIdleFiles(ran);
const faults = [...idleFiles];
for (const result of ran.filter(({ faults }) => faults.length === 0)) {
  result.faults = findMissingTests(result, ran);
  faults.push(...result.faults.map((fault) => `${result.host.name}: ${fault}`));
}

console.log(`\n${formatMatrix(results)}\n`);
for (const fault of faults) console.log(`✘ ${fault}`);
const counts = ran.map(countsOf);
const failed = sum(counts, 'failed') + idleFiles.length;
console.log(formatCounts({ passed: sum(counts, 'passed'), failed, skipped: sum(counts, 'skipped') }));
process.exitCode = failed === 0 ? 0 : 1;
