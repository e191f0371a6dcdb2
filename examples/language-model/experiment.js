import { mean, median } from 'simple-statistics';
import { withProgress } from '../../tools/progress.js';
import { drawSeed, mulberry32 } from '../../tools/random.js';
import { drawBatches, heldOutBatches, sequenceLength, unigramLoss } from '../../tools/text/dataset.js';
import { buildModel } from './model.js';
import { planTraining } from './plan.js';
import { sample } from './sample.js';
import { evaluate, train } from './train.js';
import { makeTrainers } from './trainers.js';

const timedSteps = 4;
const sampleLength = 200;
const temperature = 0.7;

/**
 * Trains three models in turns, from the same weights on the same batches: with plain Adam, with the same made faster, and
 * with Lookahead around that.
 *
 * @param onPlan gets the plan of the training (see plan.js) before it begins.
 */
export async function runExperiment(dataset, options, { onPlan, signal }) {
  const random = mulberry32(options.seed);
  const [weightsSeed, batchesSeed, sampleSeed] = [drawSeed(random), drawSeed(random), drawSeed(random)];
  const heldOut = heldOutBatches(dataset).flat();

  const withRuns = async (trainers, fn) => {
    const runs = trainers.map((makeTrainer) => ({
      model: buildModel(dataset.classCount, mulberry32(weightsSeed)),
      batches: drawBatches(dataset, mulberry32(batchesSeed)),
      trainer: makeTrainer(),
    }));
    try {
      return await fn(runs);
    } finally {
      for (const { model, trainer } of runs) {
        trainer.dispose();
        model.dispose();
      }
    }
  };

  // A step takes as long at the rate 0, at which no run diverges before it is timed.
  const timed = await withRuns(makeTrainers({ ...options, lr: 0 }), async (runs) => {
    const results = await train({ runs, plan: { steps: timedSteps, evaluations: 1 }, heldOut, signal });
    const start = performance.now();
    evaluate(runs[0].model, heldOut);
    const evaluation = (performance.now() - start) / 1000;
    // The first step includes what is compiled only once.
    const step = results.reduce((sum, { milliseconds }) => sum + mean(milliseconds.slice(1)) / 1000, 0);
    return { step, evaluation };
  });
  const plan = planTraining({ ...options, runs: 3 }, timed);
  onPlan(plan);

  return withRuns(makeTrainers(options), async (runs) => {
    const trained = await withLosses(runs, (onStep) => train({ plan, runs, heldOut, onStep, signal }));
    const reports = runs.map(({ trainer: { name, lr } }, i) => ({ name, lr, ...reportOf(trained[i]) }));
    return {
      unigramLoss: unigramLoss(dataset, [heldOut]),
      runs: reports,
      differsAt: firstDifference(trained[0].losses, trained[1].losses),
      sample: reports[2].divergedAt === null ? await drawSample(runs[2]) : null,
    };
  });

  async function drawSample({ model, trainer }) {
    const prompt = dataset.heldOut.subarray(0, sequenceLength);
    const continuation = await trainer.withSlowWeights(() =>
      sample({ model, prompt, length: sampleLength, temperature, random: mulberry32(sampleSeed), signal }),
    );
    return { temperature, prompt: dataset.decode(prompt), continuation: dataset.decode(continuation) };
  }
}

function reportOf({ losses, milliseconds, seconds, heldOut, divergedAt }) {
  const hasEnded = divergedAt === null;
  return {
    steps: losses.length,
    seconds,
    stepMilliseconds: median(milliseconds),
    trainLoss: hasEnded ? mean(losses.slice(-Math.ceil(losses.length / 10))) : null,
    heldOutLoss: hasEnded ? heldOut.at(-1).loss : null,
    divergedAt,
    heldOut,
    losses,
  };
}

/** The first step whose losses differ in any bit, or null. */
function firstDifference(losses, others) {
  const i = losses.slice(0, others.length).findIndex((loss, j) => !Object.is(loss, others[j]));
  return i < 0 ? null : i + 1;
}

/**
 * Shows the progress of all runs. `work` gets a function to call after each step, with the share that is done and the
 * results of the runs.
 */
function withLosses(runs, work) {
  const format = `{bar} {percentage} %  ${runs.map(({ trainer }, i) => `${trainer.name} {loss${i}}`).join('  ')}  {left} left`;
  const figures = (results) =>
    Object.fromEntries(
      results.map(({ losses }, i) => [`loss${i}`, losses.length > 0 ? mean(losses.slice(-10)).toFixed(2) : '–']),
    );
  const initial = figures(runs.map(() => ({ losses: [] })));
  return withProgress({ format, total: 1, initial }, (tell) => work((share, results) => tell(share, figures(results))));
}
