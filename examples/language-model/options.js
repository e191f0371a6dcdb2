import { Option, program } from 'commander';
import { refuseOptionsThatNpmTook } from '../../tools/npm-options.js';
import { count, rate, seed, share } from '../../tools/number-options.js';

// Not a multiple of the default k, because right after a merge fast and slow weights are the same.
const defaultSteps = 189;

/** Prints one line and exits if an option is unknown or has a value that is not allowed. */
export function parseOptions(argv) {
  program
    .name('language-model')
    .description('Trains one character-level LSTM language model twice, with Adam and with Adam + Lookahead.')
    .addOption(new Option('--steps <integer>', 'training steps of each run').argParser(count).default(defaultSteps))
    .addOption(new Option('--k <integer>', 'fast steps from one merge to the next').argParser(count).default(5))
    .addOption(new Option('--alpha <number>', 'how far the slow weights step, 0 to 1').argParser(share).default(0.5))
    .addOption(new Option('--lr <number>', 'learning rate of Adam').argParser(rate).default(0.02))
    .addOption(new Option('--backend <name>', 'TensorFlow.js backend').choices(['wasm', 'cpu']).default('wasm'))
    .addOption(
      new Option('--api <name>', 'call sync() after each step, or train by lookahead(adam)')
        .choices(['sync', 'optimizer'])
        .default('sync'),
    )
    .addOption(new Option('--seed <integer>', 'seed of weights, batches and sample').argParser(seed).default(1))
    .addOption(new Option('--text <file>', 'UTF-8 text to learn (default: declaration files of TypeScript)'))
    .showSuggestionAfterError(false);
  refuseOptionsThatNpmTook(program, 'npm start --');
  return program.parse(argv).opts();
}
