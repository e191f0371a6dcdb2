import { registerTrainingKernels } from 'tfjs-lookahead';
import { train } from '../language-model/train.js';
import { clipped, highRates, lookahead, optimizers, seeds, steps } from './settings.js';

export { present, record } from './present.js';

export const backend = 'wasm';

const model = { units: 48, layerCount: 1, weightDrop: 0, schedule: 'constant', evaluateAt: [steps] };

const sweep = Object.entries(optimizers).flatMap(([optimizer, { learningRates }]) =>
  learningRates.flatMap((lr) => [
    { optimizer, lr, lookahead: null },
    { optimizer, lr: 2 * lr, lookahead },
  ]),
);
const high = highRates.flatMap((lr) =>
  ['adam', clipped].flatMap((optimizer) => [null, lookahead].map((each) => ({ optimizer, lr, lookahead: each }))),
);

export const runs = [...sweep, ...high].flatMap((each) => seeds.map((seed) => ({ ...model, ...each, seed })));

/** The training kernels have the bits of TensorFlow.js's own. */
export function run(settings, tell) {
  registerTrainingKernels();
  return train(settings, tell);
}
