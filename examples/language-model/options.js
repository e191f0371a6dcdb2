import { Option, program } from 'commander';
import { refuseOptionsThatNpmTook } from '../../tools/npm-options.js';
import { count, decay, rate, seed, share } from '../../tools/number-options.js';

const defaultSeconds = 60;
const defaultAlpha = 0.5;
/** The second pair of runs shows what becomes of a rate that is too high for Adam. */
const rateFactor = 2.5;

/** The rate and the momentum of an outer optimizer, where the options do not say. */
const outerDefaults = {
  sgd: { rate: defaultAlpha },
  momentum: { rate: 1, momentum: 0.6 },
  nesterov: { rate: 0.7, momentum: 0.9 },
  adam: { rate: 0.01 },
};
const describeDefaults = (key) =>
  Object.entries(outerDefaults)
    .filter(([, defaults]) => key in defaults)
    .map(([name, defaults]) => `${name} ${defaults[key]}`)
    .join(', ');

/**
 * Prints one line and exits if an option is unknown, has a value that is not allowed, or does not go with another.
 *
 * @returns the options; `rates` are the learning rates, `slowStep` is how Lookahead steps its slow weights: `alpha`, or
 * `outer` with a `rate` and perhaps a `momentum`.
 */
export function parseOptions(argv) {
  program
    .name('language-model')
    .description(
      'Trains one character-level LSTM language model four times: with Adam and with Lookahead around Adam, each at a ' +
        `learning rate and at ${rateFactor} times that rate.`,
    )
    .addOption(
      new Option('--seconds <number>', `how long to train, in all (default: ${defaultSeconds})`).argParser(rate),
    )
    .addOption(new Option('--steps <integer>', 'training steps of each run, however long they take').argParser(count))
    .addOption(new Option('--k <integer>', 'fast steps from one merge to the next').argParser(count).default(5))
    .addOption(
      new Option('--alpha <number>', `how far the slow weights step, 0 to 1 (default: ${defaultAlpha})`).argParser(
        share,
      ),
    )
    .addOption(
      new Option('--outer <name>', 'optimizer that steps the slow weights instead of alpha')
        .choices(['none', ...Object.keys(outerDefaults)])
        .default('none'),
    )
    .addOption(
      new Option('--outer-rate <number>', `its learning rate (default: ${describeDefaults('rate')})`).argParser(rate),
    )
    .addOption(
      new Option('--outer-momentum <number>', `its momentum (default: ${describeDefaults('momentum')})`).argParser(
        decay,
      ),
    )
    .addOption(
      new Option('--lr <number>', `learning rate of two runs; the other two have ${rateFactor} times that rate`)
        .argParser(rate)
        .default(0.02),
    )
    .addOption(new Option('--backend <name>', 'TensorFlow.js backend').choices(['wasm', 'cpu']).default('wasm'))
    .addOption(
      new Option('--api <name>', 'train by lookahead(adam), or call sync() after each step of Adam')
        .choices(['optimizer', 'sync'])
        .default('optimizer'),
    )
    .addOption(new Option('--seed <integer>', 'seed of weights, batches and sample').argParser(seed).default(1))
    .addOption(new Option('--text <file>', 'UTF-8 text to learn (default: declaration files of TypeScript)'))
    .showSuggestionAfterError(false);
  refuseOptionsThatNpmTook(program, 'npm start --');
  const { lr, alpha, outer, outerRate, outerMomentum, seconds, steps, ...rest } = program.parse(argv).opts();
  if (seconds !== undefined && steps !== undefined) {
    program.error("error: options '--seconds' and '--steps' exclude each other. Leave one out");
  }
  // 2.5 times 0.3 is not 0.75 in binary.
  const rates = [lr, Number((rateFactor * lr).toPrecision(12))];
  const length = steps === undefined ? { seconds: seconds ?? defaultSeconds } : { steps };
  return { ...rest, ...length, rates, slowStep: slowStep({ alpha, outer, outerRate, outerMomentum }) };
}

function slowStep({ alpha, outer, outerRate, outerMomentum }) {
  const refuse = (option, reason) => program.error(`error: option '${option}' ${reason}`);
  if (outer === 'none') {
    if (outerRate !== undefined) refuse('--outer-rate', "needs an optimizer: add '--outer <name>'");
    if (outerMomentum !== undefined) refuse('--outer-momentum', "needs an optimizer: add '--outer <name>'");
    return { alpha: alpha ?? defaultAlpha };
  }
  const defaults = outerDefaults[outer];
  if (alpha !== undefined) {
    refuse('--alpha', `and '--outer ${outer}' exclude each other: the outer optimizer takes the step. Leave one out`);
  }
  if (outerMomentum !== undefined && !('momentum' in defaults)) {
    refuse('--outer-momentum', `does not go with '--outer ${outer}', which has none. Leave it out`);
  }
  return {
    outer,
    rate: outerRate ?? defaults.rate,
    ...('momentum' in defaults ? { momentum: outerMomentum ?? defaults.momentum } : {}),
  };
}
