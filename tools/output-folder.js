import { accessSync, constants, mkdirSync } from 'node:fs';
import { explain, UserError } from './errors.js';

/**
 * Makes the folder if it is missing. Call it before the work, so that no results are lost because they cannot be
 * written.
 */
export function prepareFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new UserError(`the folder '${folder}' cannot be written to: ${explain(error)}`);
  }
}
