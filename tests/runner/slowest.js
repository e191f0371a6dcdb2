import { sum } from './counts.js';

const COUNT = 10;

/** The files that took longest in a host, over all its backends. */
export function formatSlowest(results) {
  const times = results.flatMap(({ host, files, suites }) =>
    files.map((file) => {
      const seconds = sum(
        suites.filter((suite) => suite.file === file),
        'seconds',
      );
      return { file, host: host.name, seconds };
    }),
  );
  const slowest = times.sort((one, other) => other.seconds - one.seconds).slice(0, COUNT);
  const lines = slowest.map(({ file, host, seconds }) => `  ${seconds.toFixed(0).padStart(4)} s  ${file} (${host})`);
  return ['The slowest files:', ...lines].join('\n');
}
