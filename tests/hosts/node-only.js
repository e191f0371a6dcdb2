/** Runs the tests that need files and processes: `node tests/hosts/node-only.js package|programs`. */
import { run } from '../suite.js';

const groups = {
  package: {
    'node/kernel.test.js': () => import('../node/kernel.test.js'),
    'node/passes.test.js': () => import('../node/passes.test.js'),
    'node/resume.test.js': () => import('../node/resume.test.js'),
    'node/realm.test.js': () => import('../node/realm.test.js'),
    'node/fixtures.test.js': () => import('../node/fixtures.test.js'),
    'node/csp.test.js': () => import('../node/csp.test.js'),
    'node/context-loss.test.js': () => import('../node/context-loss.test.js'),
    'node/package.test.js': () => import('../node/package.test.js'),
  },
  programs: {
    'node/example.test.js': () => import('../node/example.test.js'),
    'node/bench.test.js': () => import('../node/bench.test.js'),
    'node/experiments.test.js': () => import('../node/experiments.test.js'),
    'node/demo.test.js': () => import('../node/demo.test.js'),
  },
};

console.log(`version: Node ${process.versions.node}`);
await run(groups[process.argv[2]]);
