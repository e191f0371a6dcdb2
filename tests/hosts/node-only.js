/** Runs the tests that need files and processes: the kernel binary, resuming, the example, the experiments, the tarball. */
import { run } from '../suite.js';

console.log(`version: Node ${process.versions.node}`);

await run({
  'node/kernel.test.js': () => import('../node/kernel.test.js'),
  'node/resume.test.js': () => import('../node/resume.test.js'),
  'node/example.test.js': () => import('../node/example.test.js'),
  'node/experiments.test.js': () => import('../node/experiments.test.js'),
  'node/fixtures.test.js': () => import('../node/fixtures.test.js'),
  'node/csp.test.js': () => import('../node/csp.test.js'),
  'node/context-loss.test.js': () => import('../node/context-loss.test.js'),
  'node/package.test.js': () => import('../node/package.test.js'),
});
