import { Argument, Option, program } from 'commander';
import { refuseOptionsThatNpmTook } from '../tools/npm-options.js';

/** Prints one line and exits if there is no experiment of a name, or if an option is unknown. */
export function parseOptions(argv, names) {
  program
    .name('experiments')
    .description('Runs the experiments, those that are named or all, and writes their figures into docs/experiments.')
    .addArgument(new Argument('[names...]', 'experiments to run').choices(names).default(names, 'all'))
    .option('--fresh', 'start anew, instead of going on from the runs that are finished')
    .addOption(
      new Option(
        '--redraw',
        'run nothing: write the pictures and the tables from the figures that are there',
      ).conflicts('fresh'),
    )
    .showSuggestionAfterError(false);
  refuseOptionsThatNpmTook(program, 'npm run experiments --');
  program.parse(argv);
  const [chosen] = program.processedArgs;
  const { fresh = false, redraw = false } = program.opts();
  return { names: names.filter((name) => chosen.includes(name)), fresh, redraw };
}
