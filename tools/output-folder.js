import { accessSync, constants, mkdirSync } from 'node:fs';
import { explain, UserError } from './errors.js';

/** Makes the folder where it is missing. To call before the work whose results go there, which would be lost otherwise. */
export function prepareFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new UserError(`the folder '${folder}' cannot be written to: ${explain(error)}`);
  }
}
