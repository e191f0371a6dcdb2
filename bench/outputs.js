import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../tools/errors.js';
import { prepareFolder } from '../tools/output-folder.js';

/** Call it before measuring, so that no figures are lost because they cannot be written. */
export function prepareFile(path) {
  prepareFolder(dirname(path));
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new UserError('it is a folder');
}
