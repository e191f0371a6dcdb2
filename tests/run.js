/** Runs the suite in every host, one after the other, and prints what passed where. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';

/** `least` guards against a suite that silently did not run: uvu calls nothing at all a success. */
const hosts = [
  { name: `Node ${process.version}: cpu, wasm`, script: 'node.js', least: 420 },
  {
    name: 'Node --jitless (no WebAssembly): cpu',
    script: 'node.js',
    flags: ['--jitless'],
    backends: ['cpu'],
    least: 50,
  },
  { name: 'Node: kernel binary, resuming, example, package', script: 'node-only.js', least: 38 },
  {
    name: 'Chromium: cpu, wasm, webgl, webgpu',
    script: 'chromium.js',
    backends: ['cpu', 'wasm', 'webgl', 'webgpu'],
    least: 700,
  },
];

function runHost({ script, flags = [], backends = [] }) {
  const path = fileURLToPath(new URL(`hosts/${script}`, import.meta.url));
  const child = spawn(process.execPath, [...flags, path, ...backends], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
    process.stdout.write(data);
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, output: stripVTControlCharacters(output) }));
  });
}

/** A host that crashed, or ran fewer tests than it has, counts as one failure more. */
function count({ code, output }, least) {
  const total = Number(/Total: +(\d+)/.exec(output)?.[1] ?? 0);
  const passed = Number(/Passed: +(\d+)/.exec(output)?.[1] ?? 0);
  const failed = total - passed;
  const broken = failed === 0 && (code !== 0 || total < least);
  return { passed, failed: failed + (broken ? 1 : 0) };
}

const table = new Table({ head: ['host', 'passed', 'failed'], style: { head: [], border: [] } });
const sum = { passed: 0, failed: 0 };
for (const host of hosts) {
  console.log(`\n=== ${host.name}\n`);
  const { passed, failed } = count(await runHost(host), host.least);
  table.push([host.name, passed, failed]);
  sum.passed += passed;
  sum.failed += failed;
}
console.log(`\n${table}`);
console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed === 0 ? 0 : 1;
