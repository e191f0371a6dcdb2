import { drawBatches, heldOutBatches, sequenceLength, unigramLoss } from './dataset.js';
import { buildModel } from './model.js';
import { withProgress } from './progress.js';
import { drawSeed, mulberry32 } from './random.js';
import { sample } from './sample.js';
import { mean } from './statistics.js';
import { evaluate, train } from './train.js';
import { adam, lookaheadTrainers } from './trainers.js';

const warmUpSteps = 5;
const sampleLength = 200;
const temperature = 0.7;

/** Trains a model by Adam, then one of the same first weights on the same batches by Adam + Lookahead. */
export async function runExperiment(dataset, options, signal) {
  const random = mulberry32(options.seed);
  const [weightsSeed, batchesSeed, sampleSeed] = [drawSeed(random), drawSeed(random), drawSeed(random)];
  const heldOut = heldOutBatches(dataset);

  const withTrainer = async (makeTrainer, fn) => {
    const model = buildModel(dataset.classCount, mulberry32(weightsSeed));
    const trainer = makeTrainer(model, options);
    try {
      return await fn(model, trainer);
    } finally {
      trainer.dispose();
      model.dispose();
    }
  };

  const trainSteps = (model, trainer, steps, onStep) => {
    const batches = drawBatches(dataset, mulberry32(batchesSeed));
    return train({ model, trainer, batches, steps, onStep, signal });
  };

  const trainAndEvaluate = async (model, trainer) => {
    const { losses, seconds } = await withProgress({ title: trainer.name, steps: options.steps }, (onStep) =>
      trainSteps(model, trainer, options.steps, onStep),
    );
    const validation = [];
    for (const { name, use } of trainer.weightSets) {
      const loss = await use(() => evaluate({ model, batches: heldOut, signal }));
      validation.push({ name, loss, perplexity: Math.exp(loss) });
    }
    const trainLoss = mean(losses.slice(-Math.ceil(losses.length / 10)));
    return { name: trainer.name, trainLoss, validation, seconds, lookaheadCost: trainer.lookaheadCost?.(), losses };
  };

  // Else the run that is first would pay for what is compiled only once.
  await withTrainer(adam, (model, trainer) => trainSteps(model, trainer, warmUpSteps, () => {}));

  const plain = await withTrainer(adam, trainAndEvaluate);

  const prompt = dataset.heldOut.subarray(0, sequenceLength);
  const { ahead, continuation } = await withTrainer(lookaheadTrainers[options.api], async (model, trainer) => ({
    ahead: await trainAndEvaluate(model, trainer),
    continuation: await trainer.withSlowWeights(() =>
      sample({ model, prompt, length: sampleLength, temperature, random: mulberry32(sampleSeed), signal }),
    ),
  }));

  return {
    unigramLoss: unigramLoss(dataset, heldOut),
    runs: [plain, ahead],
    sample: { temperature, prompt: dataset.decode(prompt), continuation: dataset.decode(continuation) },
  };
}
