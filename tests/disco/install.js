/**
 * DISCO, for the tests that need it: from the folder of its packages that DISCO_PACKAGES names, or else from npm's
 * registry.
 */
import { discoPackages, installDisco } from '../../examples/federated/packages.js';
import { UserError } from '../../tools/errors.js';
import { report } from '../hosts/report.js';

async function tryInstallDisco() {
  try {
    await installDisco(new AbortController().signal);
    return true;
  } catch (error) {
    // A folder that was named has to hold the packages.
    if (discoPackages !== undefined || !(error instanceof UserError)) throw error;
    report({ note: `Tests on DISCO are skipped: ${error.message}` });
    return false;
  }
}

/** If it is not, the report says why. */
export const isDiscoInstalled = await tryInstallDisco();
