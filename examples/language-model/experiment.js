import { mean, median, sum } from 'simple-statistics';
import { drawSeed, mulberry32 } from '../../tools/random.js';
import { drawBatches, heldOutBatches, sequenceLength, unigramLoss } from '../../tools/text/dataset.js';
import { buildModel } from './model.js';
import { planTraining } from './plan.js';
import { withLosses } from './progress.js';
import { sample } from './sample.js';
import { evaluate, train } from './train.js';
import { adam, lookaheadTrainers } from './trainers.js';

/** The first steps include what is compiled only once: those after them are timed. */
const warmUpSteps = 2;
const timedSteps = 4;
const sampleLength = 200;
const temperature = 0.7;

/**
 * Trains four models from the same weights on the same batches: with Adam and with Lookahead, at two learning rates.
 *
 * @param onPlan gets the plan of the training (see plan.js) before it begins.
 */
export async function runExperiment(dataset, options, { onPlan, signal }) {
  const { rates, api } = options;
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
      trainLoss: hasEnded ? mean(losses.slice(-Math.ceil(losses.length / 10))) : null,
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

  // A step takes as long at the rate 0, at which no run diverges before it is timed.
  const still = settings.slice(0, 2).map(({ makeTrainer }) => ({ lr: 0, makeTrainer }));
  const timed = await withRuns(still, async (runs) => {
    const results = await train({ runs, steps: warmUpSteps + timedSteps, heldOut, signal });
    evaluate(runs[0].model, heldOut);
    const start = performance.now();
    evaluate(runs[0].model, heldOut);
    return {
      step: mean(results.flatMap(({ milliseconds }) => milliseconds.slice(warmUpSteps))) / 1000,
      evaluation: (performance.now() - start) / 1000,
    };
  });
  const plan = planTraining({ ...options, runs: settings.length }, timed);
  onPlan(plan);

  return withRuns(settings, async (runs) => {
    const trained = await withLosses(plan, (onStep) => train({ ...plan, runs, heldOut, onStep, signal }));
    const reports = runs.map((run, i) => report(run, trained[i]));

    return {
      steps: plan.steps,
      unigramLoss: unigramLoss(dataset, [heldOut]),
      runs: reports,
      sample: await drawSample(runs, reports),
    };
  });
}
