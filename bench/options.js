import { accessSync, constants, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Argument, InvalidArgumentError, Option } from 'commander';

/** Found out before the measuring, which should not turn out to have been for nothing. */
function writable(path, folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new InvalidArgumentError(`It cannot be written (${error.message}): choose another place.`);
  }
  return path;
}

export const sectionsArgument = (names) =>
  new Argument('[section...]', 'what to measure').choices(names).default(names, 'all of them');

export const jsonOption = () =>
  new Option('--json <file>', 'write the figures there').argParser((file) => writable(file, dirname(file)));

export const plotOption = () =>
  new Option('--plot <folder>', 'draw the plots there, as SVG')
    .argParser((folder) => writable(folder, folder))
    .default('build/bench');

export const shortOption = () => new Option('--short', 'small sizes and few rounds: shows that all works');
