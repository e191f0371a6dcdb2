/**
 * Whether all existing tests ran. Nobody keeps counts: the files on disk are compared with those that ran, and every
 * host with the others, because each has to run the same tests of a file on the same backend. (A test that cannot run
 * somewhere is skipped there with `test.skip`, which counts, or lies in the folder of the hosts that can run it.)
 */
import { dirname } from 'node:path/posix';
import { findTestFiles } from '../hosts/test-files.js';
import { testsIn } from './counts.js';

/** @returns what is wrong with test files, whatever the host. */
export function findIdleFiles(results) {
  const ran = new Set(results.flatMap(({ files }) => files));
  const withTests = new Set(results.flatMap(({ suites }) => suites.filter(testsIn).map(({ file }) => file)));
  return findTestFiles().flatMap((file) => {
    if (!ran.has(file)) return [`tests/${file}: no host runs it`];
    return withTests.has(file) ? [] : [`tests/${file}: has no test on any host`];
  });
}

function countTests(suites, file, backend) {
  const those = suites.filter((suite) => suite.file === file && suite.backend === backend);
  return those.reduce((total, suite) => total + testsIn(suite), 0);
}

/** @returns for a host that ran to its end, where it has fewer tests than another. */
export function findMissingTests({ host, suites, files }, results) {
  const everywhere = findTestFiles().filter((file) => dirname(file) === '.');
  return [...new Set([...everywhere, ...files])].flatMap((file) =>
    host.backends.flatMap((backend) => {
      const count = countTests(suites, file, backend);
      const expected = Math.max(...results.map((other) => countTests(other.suites, file, backend)));
      return count < expected ? [`${file} has ${count} tests on ${backend}, but ${expected} elsewhere`] : [];
    }),
  );
}
