/** Runs the suite in every host, two side by side, and prints what passed where. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { installRuntimes, runtimes } from './runtimes/install.js';

/** Guards against a suite that silently did not run, for uvu calls nothing at all a success. */
const LEAST_TESTS = { cpu: 255, wasm: 260, webgl: 165, webgpu: 160, tensorflow: 60 };
const TIME_LIMIT_MS = 8 * 60_000;

/** Each runs `script`, from tests/hosts, on the backends; `runtime` is another than this Node. */
const hosts = [
  { name: 'Node', script: 'this-process.js', backends: ['cpu', 'wasm'] },
  { name: 'Node 22', script: 'this-process.js', runtime: 'node-22', backends: ['cpu', 'wasm'] },
  { name: 'Node 24', script: 'this-process.js', runtime: 'node-24', backends: ['cpu', 'wasm'] },
  { name: 'Bun', script: 'this-process.js', runtime: 'bun', backends: ['cpu', 'wasm'] },
  {
    name: 'Deno',
    script: 'this-process.js',
    runtime: 'deno',
    runtimeArgs: ['run', '--allow-all', '--no-lock'],
    backends: ['cpu', 'wasm'],
  },
  { name: 'Node without WebAssembly', script: 'this-process.js', runtimeArgs: ['--jitless'], backends: ['cpu'] },
  { name: 'Node, worker thread', script: 'worker-thread.js', backends: ['cpu', 'wasm'] },
  { name: 'Node, the oldest tfjs', script: 'tfjs-oldest.js', backends: ['cpu', 'wasm'], least: 505 },
  {
    name: 'Node, the oldest tfjs 3',
    script: 'tfjs-oldest.js',
    options: ['--tfjs', 'tests/tfjs-oldest-3/'],
    backends: ['cpu', 'wasm'],
    least: 505, // without Adagrad on wasm, see support/tfjs-lacks.js
  },
  {
    name: 'Chromium, the oldest tfjs 3',
    script: 'chromium.js',
    options: ['--tfjs', 'tests/tfjs-oldest-3/'],
    backends: ['wasm', 'webgl'],
    least: 410,
  },
  { name: "Node, tfjs-node's JavaScript", script: 'tfjs-node.js', backends: ['tensorflow'] },
  { name: 'Node: binary, resuming, tarball', script: 'node-only.js', options: ['package'], backends: [], least: 63 },
  {
    name: 'Node: example, benchmark, experiments, live page',
    script: 'node-only.js',
    options: ['programs'],
    backends: [],
    least: 32,
  },
  { name: 'Chromium, page', script: 'chromium.js', backends: ['cpu', 'wasm', 'webgl', 'webgpu'] },
  { name: 'Chromium, threaded wasm', script: 'chromium.js', options: ['--isolated'], backends: ['wasm'] },
  { name: 'Chromium, Web Worker', script: 'chromium.js', options: ['--worker'], backends: ['cpu', 'wasm'] },
  { name: 'Firefox, page', script: 'firefox.js', needsRuntimes: true, backends: ['cpu', 'wasm'] },
  {
    name: 'Firefox, threaded wasm',
    script: 'firefox.js',
    needsRuntimes: true,
    options: ['--isolated'],
    backends: ['wasm'],
  },
  { name: 'WebKit, page', script: 'webkit.js', needsRuntimes: true, backends: ['cpu', 'wasm', 'webgl'] },
];

function execute({ script, runtime, runtimeArgs = [], options = [], backends }) {
  const path = fileURLToPath(new URL(`hosts/${script}`, import.meta.url));
  const program = runtime ? runtimes[runtime] : process.execPath;
  const child = spawn(program, [...runtimeArgs, path, ...options, ...backends], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIME_LIMIT_MS,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (data) => {
      output += data;
    });
  }
  return new Promise((resolve) => {
    child.on('error', (error) => {
      output += error.message;
    });
    child.on('close', (code) => resolve({ code, output: stripVTControlCharacters(output) }));
  });
}

/** A host that crashed, or ran fewer tests than it has, counts as one failure more. */
function evaluate({ code, output }, { backends, least }) {
  const number = (label) => Number(new RegExp(`^ *${label}: +(\\d+)`, 'm').exec(output)?.[1] ?? 0);
  const line = (label) => new RegExp(`^${label}: (.+)$`, 'm').exec(output)?.[1];
  const total = number('Total');
  if (code === 0 && total === 0 && line('skipped')) return { passed: 0, failed: 0, skipped: 0, why: line('skipped') };
  const passed = number('Passed');
  const expected = least ?? backends.reduce((sum, backend) => sum + LEAST_TESTS[backend], 0);
  const tooFew = total < expected ? `ran ${total} tests of at least ${expected}` : '';
  const crashed = code !== 0 && passed === total ? `ended with ${code ?? 'a signal'}` : '';
  const why = [tooFew, crashed].filter(Boolean).join(', ');
  return { version: line('version'), passed, failed: total - passed + (why ? 1 : 0), skipped: number('Skipped'), why };
}

async function runHost(host, runtimesMissing) {
  const needsRuntimes = host.runtime || host.needsRuntimes;
  const why =
    (needsRuntimes && runtimesMissing) || (host.runtime && !existsSync(runtimes[host.runtime]) && 'not installed');
  if (why) return { passed: 0, failed: 0, skipped: 0, why };
  const start = performance.now();
  const execution = await execute(host);
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(`\n=== ${host.name}: ${host.backends.join(', ')} (${seconds} s)\n\n${execution.output}`);
  return { ...evaluate(execution, host), seconds };
}

/** The hosts in two lanes, the longest first, so that both end at about the same time. */
async function runHosts(runtimesMissing) {
  const length = ({ backends }) => backends.length || 3; // without backends: other processes, examples, bundlers
  const waiting = hosts.toSorted((one, other) => length(other) - length(one));
  const results = new Map();
  const lane = async () => {
    for (let host = waiting.shift(); host; host = waiting.shift()) {
      results.set(host, await runHost(host, runtimesMissing));
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane));
  return hosts.map((host) => ({ host, ...results.get(host) }));
}

function matrix(results) {
  const head = ['host', 'version', 'backends', 'passed', 'failed', 'skipped', 's'];
  const table = new Table({ head, style: { head: [], border: [], compact: true } });
  for (const { host, version = '', passed, failed, skipped, why, seconds } of results) {
    const ran = seconds !== undefined && (passed > 0 || failed > 0);
    const row = [host.name, version, host.backends.join(', ')];
    if (ran) table.push([...row, passed, why ? `${failed}: ${why}` : failed, skipped, seconds]);
    else table.push([...row, { content: `skipped: ${why}`, colSpan: 4 }]);
  }
  return table.toString();
}

const results = await runHosts(installRuntimes());
const sum = (key) => results.reduce((total, result) => total + result[key], 0);
console.log(`\n${matrix(results)}`);
const skipped = sum('skipped');
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exitCode = sum('failed') === 0 ? 0 : 1;
