/**
 * DISCO, for the tests that need it: from the folder of its packages that DISCO_PACKAGES names, or else from npm's
 * registry.
 */
import { installDisco } from '../../examples/federated/packages.js';
import { UserError } from '../../tools/errors.js';
import { report } from '../hosts/report.js';

const from = process.env.DISCO_PACKAGES;

async function tryInstallDisco() {
  try {
    await installDisco({
      from,
      usage: 'DISCO_PACKAGES=FOLDER npm test',
      signal: AbortSignal.timeout(300_000),
    });
    return true;
  } catch (error) {
    // A folder that was named has to hold the packages.
    if (from !== undefined || !(error instanceof UserError)) throw error;
    report({ note: `Tests on DISCO are skipped: ${error.message}` });
    return false;
  }
}

/** If not, the report says why. */
export const isDiscoInstalled = await tryInstallDisco();
