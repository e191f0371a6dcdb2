/** Runs the tests that need files and processes: the compiled kernel, the package as it is installed. */
import { run } from '../suite.js';

await run({
  'node/kernel.test.js': () => import('../node/kernel.test.js'),
  'node/resume.test.js': () => import('../node/resume.test.js'),
  'node/package.test.js': () => import('../node/package.test.js'),
});
