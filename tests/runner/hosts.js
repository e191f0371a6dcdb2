/**
 * Each host runs `script`, from tests/hosts, on the backends, in a `runtime` if it has one, else in this Node. A host
 * with `needsRuntimes` needs a driver of a browser. Where there are no backends, the tests choose them. `npm test` runs
 * those with `first`, where faults are found. The `thorough` one runs all random sequences, and the others a few of
 * them.
 */
export const hosts = [
  { name: 'Node', script: 'this-process.js', first: true, backends: ['cpu', 'wasm'] },
  { name: 'Node 22', script: 'this-process.js', runtime: 'node-22', backends: ['cpu', 'wasm'] },
  { name: 'Node 24', script: 'this-process.js', runtime: 'node-24', thorough: true, backends: ['cpu', 'wasm'] },
  { name: 'Bun', script: 'this-process.js', runtime: 'bun', backends: ['cpu', 'wasm'] },
  {
    name: 'Deno',
    script: 'this-process.js',
    runtime: 'deno',
    runtimeArgs: ['run', '--allow-all', '--no-lock'],
    backends: ['cpu', 'wasm'],
  },
  { name: 'Node, no WebAssembly', script: 'this-process.js', runtimeArgs: ['--jitless'], backends: ['cpu'] },
  { name: 'Node, worker thread', script: 'worker-thread.js', backends: ['cpu', 'wasm'] },
  { name: 'Node, oldest tfjs 4', script: 'tfjs-oldest.js', backends: ['cpu', 'wasm'] },
  {
    name: 'Node, oldest tfjs 3',
    script: 'tfjs-oldest.js',
    options: ['--tfjs', 'tfjs-oldest-3'],
    backends: ['cpu', 'wasm'],
  },
  { name: 'Node, tfjs-node', script: 'tfjs-node.js', backends: ['tensorflow'] },
  { name: 'Node, package', script: 'this-process.js', first: true, options: ['--folder', 'package'], backends: [] },
  { name: 'Node, passes', script: 'this-process.js', options: ['--folder', 'passes'], backends: [] },
  { name: 'Node, projects', script: 'this-process.js', options: ['--folder', 'projects'], backends: [] },
  { name: 'Node, programs', script: 'this-process.js', options: ['--folder', 'programs'], backends: [] },
  { name: 'Node, DISCO', script: 'this-process.js', options: ['--folder', 'disco'], backends: [] },
  { name: 'Chromium', script: 'chromium.js', first: true, backends: ['cpu', 'wasm', 'webgl'] },
  { name: 'Chromium, WebGPU', script: 'chromium.js', first: true, backends: ['webgpu'] },
  { name: 'Chromium, threads', script: 'chromium.js', options: ['--isolated'], backends: ['wasm'] },
  { name: 'Chromium, Web Worker', script: 'chromium.js', options: ['--worker'], backends: ['cpu', 'wasm'] },
  {
    name: 'Chromium, oldest tfjs 3',
    script: 'chromium.js',
    options: ['--tfjs', 'tfjs-oldest-3'],
    backends: ['wasm', 'webgl'],
  },
  { name: 'Firefox', script: 'firefox.js', needsRuntimes: true, backends: ['cpu', 'wasm'] },
  { name: 'Firefox, threads', script: 'firefox.js', needsRuntimes: true, options: ['--isolated'], backends: ['wasm'] },
  { name: 'WebKit', script: 'webkit.js', needsRuntimes: true, backends: ['cpu', 'wasm', 'webgl'] },
];
