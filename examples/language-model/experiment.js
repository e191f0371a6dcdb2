import { mean } from 'simple-statistics';
import { drawSeed, mulberry32 } from '../../tools/random.js';
import { drawBatches, heldOutBatches, sequenceLength, unigramLoss } from '../../tools/text/dataset.js';
import { buildModel } from './model.js';
import { withLosses } from './progress.js';
import { sample } from './sample.js';
import { evaluate, train } from './train.js';
import { adam, lookaheadTrainers } from './trainers.js';

const warmUpSteps = 5;
const sampleLength = 200;
const temperature = 0.7;

/** Trains two models from the same weights on the same batches: one with Adam, one with Adam + Lookahead. */
export async function runExperiment(dataset, options, signal) {
  const random = mulberry32(options.seed);
  const [weightsSeed, batchesSeed, sampleSeed] = [drawSeed(random), drawSeed(random), drawSeed(random)];
  const heldOut = heldOutBatches(dataset);

  const withRuns = async (fn) => {
    const runs = [adam, lookaheadTrainers[options.api]].map((makeTrainer) => {
      const model = buildModel(dataset.classCount, mulberry32(weightsSeed));
      const batches = drawBatches(dataset, mulberry32(batchesSeed));
      return { model, batches, trainer: makeTrainer(model, options) };
    });
    try {
      return await fn(runs);
    } finally {
      for (const { model, trainer } of runs) {
        trainer.dispose();
        model.dispose();
      }
    }
  };

  const report = async ({ model, trainer }, { losses, seconds }) => {
    const validation = [];
    for (const { name, use } of trainer.weightSets) {
      const loss = await use(() => evaluate({ model, batches: heldOut, signal }));
      validation.push({ name, loss, perplexity: Math.exp(loss) });
    }
    const trainLoss = mean(losses.slice(-Math.ceil(losses.length / 10)));
    return { name: trainer.name, trainLoss, validation, seconds, lookaheadCost: trainer.lookaheadCost?.(), losses };
  };

  // Otherwise the first steps would include what is compiled only once.
  await withRuns((runs) => train({ runs, steps: warmUpSteps, onStep: () => {}, signal }));

  return withRuns(async (runs) => {
    const { steps } = options;
    const trained = await withLosses(steps, (onStep) => train({ runs, steps, onStep, signal }));
    const reports = [];
    for (const [i, run] of runs.entries()) reports.push(await report(run, trained[i]));

    const [, { model, trainer }] = runs;
    const prompt = dataset.heldOut.subarray(0, sequenceLength);
    const continuation = await trainer.withSlowWeights(() =>
      sample({ model, prompt, length: sampleLength, temperature, random: mulberry32(sampleSeed), signal }),
    );
    return {
      unigramLoss: unigramLoss(dataset, heldOut),
      runs: reports,
      sample: { temperature, prompt: dataset.decode(prompt), continuation: dataset.decode(continuation) },
    };
  });
}
