import { mean, median, sum } from 'simple-statistics';
import { drawSeed, mulberry32 } from '../../tools/random.js';
import { drawBatches, heldOutBatches, sequenceLength, unigramLoss } from '../../tools/text/dataset.js';
import { buildModel } from './model.js';
import { withLosses } from './progress.js';
import { sample } from './sample.js';
import { evaluate, train } from './train.js';
import { adam, lookaheadTrainers } from './trainers.js';

const warmUpSteps = 3;
const mostEvaluations = 12;
const sampleLength = 200;
const temperature = 0.7;

/** Trains four models from the same weights on the same batches: with Adam and with Lookahead, at two learning rates. */
export async function runExperiment(dataset, options, signal) {
  const { steps, rates, api } = options;
  const random = mulberry32(options.seed);
  const [weightsSeed, batchesSeed, sampleSeed] = [drawSeed(random), drawSeed(random), drawSeed(random)];
  const heldOut = heldOutBatches(dataset).flat();

  const settings = rates.flatMap((lr) => [adam, lookaheadTrainers[api]].map((makeTrainer) => ({ lr, makeTrainer })));

  const withRuns = async (chosen, fn) => {
    const runs = chosen.map(({ lr, makeTrainer }) => {
      const model = buildModel(dataset.classCount, mulberry32(weightsSeed));
      const batches = drawBatches(dataset, mulberry32(batchesSeed));
      return { lr, model, batches, trainer: makeTrainer(model, { ...options, lr }) };
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

  const report = ({ lr, model, trainer }, { losses, milliseconds, validation, divergedAt }) => {
    const hasEnded = divergedAt === null;
    return {
      name: trainer.name,
      lr,
      divergedAt,
      trainLoss: hasEnded ? mean(losses.slice(-Math.ceil(steps / 10))) : null,
      validationLoss: hasEnded ? validation.at(-1).loss : null,
      fastValidationLoss: hasEnded && trainer.lookaheadCost ? evaluate(model, heldOut) : null,
      stepMilliseconds: median(milliseconds),
      milliseconds: sum(milliseconds),
      lookaheadCost: trainer.lookaheadCost?.(),
      validation,
      losses,
    };
  };

  /** From the Lookahead that ended best, if any did not diverge. */
  const drawSample = async (runs, reports) => {
    const losses = reports.map(({ lookaheadCost, validationLoss }) => (lookaheadCost && validationLoss) ?? Infinity);
    const best = losses.indexOf(Math.min(...losses));
    if (losses[best] === Infinity) return null;
    const { lr, model, trainer } = runs[best];
    const prompt = dataset.heldOut.subarray(0, sequenceLength);
    const continuation = await trainer.withSlowWeights(() =>
      sample({ model, prompt, length: sampleLength, temperature, random: mulberry32(sampleSeed), signal }),
    );
    return { lr, temperature, prompt: dataset.decode(prompt), continuation: dataset.decode(continuation) };
  };

  // Otherwise the first steps would include what is compiled only once.
  await withRuns(settings.slice(0, 2), (runs) => train({ runs, steps: warmUpSteps, heldOut, signal }));

  return withRuns(settings, async (runs) => {
    const trained = await withLosses(steps, (onStep) =>
      train({ runs, steps, evaluations: mostEvaluations, heldOut, onStep, signal }),
    );
    const reports = runs.map((run, i) => report(run, trained[i]));

    return {
      unigramLoss: unigramLoss(dataset, [heldOut]),
      runs: reports,
      sample: await drawSample(runs, reports),
    };
  });
}
