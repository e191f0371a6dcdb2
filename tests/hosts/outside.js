/** What a host needs that is not a dependency of the package's own development, and what to do where it is missing. */
import { createRequire } from 'node:module';

/** From tests/runtimes, which the runner installs. */
export const requireFromRuntimes = createRequire(new URL('../runtimes/package.json', import.meta.url));

/** Ends this host; the runner shows the reason. */
export function skip(reason) {
  console.log(`skipped: ${reason}`);
  process.exit(0);
}
