import { Option, program } from 'commander';
import { refuseOptionsThatNpmTook } from '../../tools/npm-options.js';
import { count, rate, seed, share } from '../../tools/number-options.js';

const defaultSeconds = 45;

/** Prints one line and exits if an option is unknown, has a value that is not allowed, or does not go with another. */
export function parseOptions(argv) {
  program
    .name('language-model')
    .description(
      'Trains one character-level LSTM language model three times, in turns: with Adam as TensorFlow.js has it, with the ' +
        'same made faster by the training kernels and a fused step, and with Lookahead around that at twice the rate.',
    )
    .addOption(
      new Option('--seconds <number>', `how long to train, in all (default: ${defaultSeconds})`).argParser(rate),
    )
    .addOption(new Option('--steps <integer>', 'training steps of each, however long they take').argParser(count))
    .addOption(new Option('--k <integer>', 'fast steps from one merge to the next').argParser(count).default(5))
    .addOption(new Option('--alpha <number>', 'how far the slow weights step, 0 to 1').argParser(share).default(0.5))
    .addOption(new Option('--lr <number>', 'learning rate of Adam').argParser(rate).default(0.02))
    .addOption(new Option('--seed <integer>', 'seed of weights, batches and sample').argParser(seed).default(1))
    .addOption(new Option('--text <file>', 'UTF-8 text to learn (default: declaration files of TypeScript)'))
    .showSuggestionAfterError(false);
  refuseOptionsThatNpmTook(program, 'npm start --');
  const { seconds, steps, ...rest } = program.parse(argv).opts();
  if (seconds !== undefined && steps !== undefined) {
    program.error("error: options '--seconds' and '--steps' exclude each other. Leave one out");
  }
  return { ...rest, ...(steps === undefined ? { seconds: seconds ?? defaultSeconds } : { steps }) };
}
