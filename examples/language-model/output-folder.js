import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { explain, UserError } from './errors.js';

const folder = 'out';

/** Before training, which should not turn out to have been for nothing. */
export function prepareOutputFolder() {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new UserError(`the folder '${folder}' cannot be written to: ${explain(error)}`);
  }
}

/** @returns the path written. */
export function writeOutput(name, content) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
