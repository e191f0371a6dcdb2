/** Runs the tests that need files and processes: `node tests/hosts/node-only.js package|programs`. */
import { run } from '../suite.js';

const groups = {
  package: {
    'package/wasm-binary.test.js': () => import('../package/wasm-binary.test.js'),
    'package/resume-in-new-process.test.js': () => import('../package/resume-in-new-process.test.js'),
    'package/another-realm.test.js': () => import('../package/another-realm.test.js'),
    'package/installed-tarball.test.js': () => import('../package/installed-tarball.test.js'),
    'package/content-security-policy.test.js': () => import('../package/content-security-policy.test.js'),
    'package/webgl-context-loss.test.js': () => import('../package/webgl-context-loss.test.js'),
    'package/package.test.js': () => import('../package/package.test.js'),
  },
  programs: {
    'programs/example.test.js': () => import('../programs/example.test.js'),
    'programs/bench.test.js': () => import('../programs/bench.test.js'),
    'programs/experiments.test.js': () => import('../programs/experiments.test.js'),
    'programs/demo.test.js': () => import('../programs/demo.test.js'),
  },
};

console.log(`version: Node ${process.versions.node}`);
await run(groups[process.argv[2]]);
