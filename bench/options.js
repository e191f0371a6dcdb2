import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Argument, InvalidArgumentError, Option } from 'commander';

/** Found out before the measuring, which should not turn out to have been for nothing. */
function prepare(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new InvalidArgumentError(`It cannot be written (${error.message}): choose another place.`);
  }
}

function outputFile(path) {
  prepare(dirname(path));
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InvalidArgumentError('It is a folder: name a file.');
  }
  return path;
}

function outputFolder(path) {
  prepare(path);
  return path;
}

export const sectionsArgument = (names) =>
  new Argument('[section...]', 'what to measure').choices(names).default(names, 'all of them');

export const jsonOption = () => new Option('--json <file>', 'write the figures there').argParser(outputFile);

export const plotOption = () =>
  new Option('--plot <folder>', 'draw the plots there, as SVG').argParser(outputFolder).default('build/bench');

export const shortOption = () => new Option('--short', 'small sizes and few rounds: shows that all works');
