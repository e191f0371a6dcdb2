import { Option, program } from 'commander';
import { refuseOptionsThatNpmTook } from '../../tools/npm-options.js';
import { count, rate, seed } from '../../tools/number-options.js';

const defaultRates = { adam: 0.001, sgd: 0.1 };
const describedRates = Object.entries(defaultRates)
  .map(([name, lr]) => `${lr} for ${name}`)
  .join(', ');

/** Prints one line and exits if an option is unknown or has a value that is not allowed. */
export function parseOptions(argv) {
  program
    .name('federated')
    .description(
      'Trains one model on three clients with different data, over a server of DISCO: each client alone, averaging every ' +
        'step, local SGD, DiLoCo.',
    )
    .addOption(new Option('--steps <integer>', 'training steps of each client').argParser(count).default(400))
    .addOption(
      new Option('--local-steps <integer>', 'steps between two rounds of local SGD and DiLoCo')
        .argParser(count)
        .default(20),
    )
    .addOption(
      new Option('--inner <name>', 'optimizer of the clients').choices(Object.keys(defaultRates)).default('adam'),
    )
    .addOption(new Option('--lr <number>', `its learning rate (default: ${describedRates})`).argParser(rate))
    .addOption(new Option('--seed <integer>', 'seed of data and weights').argParser(seed).default(1))
    .option('--page', 'one more client, in a page of a browser', false)
    .addHelpText('after', "\nDISCO's packages are those in the folder DISCO_PACKAGES, or else in npm's registry.")
    .showSuggestionAfterError(false);
  refuseOptionsThatNpmTook(program, 'npm run federated --');
  const options = program.parse(argv).opts();
  if (options.steps % options.localSteps > 0) {
    program.error(
      `error: option '--steps <integer>' argument '${options.steps}' is invalid. It must be a multiple of --local-steps, ` +
        `which is ${options.localSteps}.`,
    );
  }
  return { lr: defaultRates[options.inner], ...options };
}
