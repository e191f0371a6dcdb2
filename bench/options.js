import { Argument, Option } from 'commander';
import { UserError } from '../tools/errors.js';
import { prepareFolder } from '../tools/output-folder.js';
import { prepareFile } from './outputs.js';

const preparations = { json: prepareFile, plot: prepareFolder };

/**
 * Call it before measuring, and after parsing, because an option's parser does not run on its default.
 */
export function prepareOutputs(command) {
  for (const option of command.options) {
    const name = option.attributeName();
    const path = command.opts()[name];
    if (path === undefined) continue;
    try {
      preparations[name]?.(path);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      command.error(
        `error: option '${option.flags}' argument '${path}' is invalid: ${error.message}. Name another place.`,
      );
    }
  }
}

export const sectionsArgument = (names) =>
  new Argument('[section...]', 'what to measure').choices(names).default(names, 'all of them');

export const jsonOption = () => new Option('--json <file>', 'write the figures there');

export const plotOption = () => new Option('--plot <folder>', 'draw the plots there, as SVG').default('build/bench');

export const shortOption = () => new Option('--short', 'small sizes and few rounds: shows that all works');

export const jaxOption = () => new Option('--jax', 'train with jax-js too, which is installed first');
