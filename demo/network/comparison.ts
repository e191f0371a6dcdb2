import * as tf from '@tensorflow/tfjs';
import { LookaheadTrainer, PlainTrainer, type TrainerSettings } from '../training/trainer.js';
import { type Dataset, type DatasetName, makeDataset } from './datasets.js';
import { MergeCost } from './merge-cost.js';
import { accuracyOf, buildModel, lossOf, probabilitiesOf, variablesOf } from './model.js';

const SIZE = 256;
const BATCH = 16;
const SEED = 1;
const STEPS_BETWEEN_EVALUATIONS = 10;

/** The losses of one batch, before the step. */
export interface Losses {
  plain: number;
  fast: number;
}

/** On points that are not trained on. */
export interface Evaluation {
  step: number;
  loss: { plain: number; fast: number; slow: number };
  accuracy: { plain: number; fast: number; slow: number };
}

/** The same network twice, from the same weights over the same batches: plain, and with Lookahead. */
export class Comparison {
  readonly losses: Losses[] = [];
  readonly evaluations: Evaluation[] = [];
  readonly mergeCost = new MergeCost();
  readonly training: Dataset;
  readonly #heldOut: Dataset;
  readonly #plain: tf.Sequential;
  readonly #ahead: tf.Sequential;
  readonly #plainTrainer: PlainTrainer;
  readonly #lookaheadTrainer: LookaheadTrainer;
  #steps = 0;
  #unreadLosses: tf.Tensor[] = [];
  #unreadEvaluations: { step: number; values: tf.Tensor }[] = [];

  constructor(dataset: DatasetName, settings: TrainerSettings) {
    this.training = makeDataset(dataset, SIZE, SEED);
    this.#heldOut = makeDataset(dataset, SIZE, SEED + 1);
    this.#plain = buildModel(SEED);
    this.#ahead = buildModel(SEED);
    this.#plainTrainer = new PlainTrainer(variablesOf(this.#plain), settings);
    this.#lookaheadTrainer = new LookaheadTrainer(variablesOf(this.#ahead), settings);
    this.#queueEvaluation();
  }

  /** Takes effect from the next step on. */
  configure(settings: TrainerSettings): void {
    this.#plainTrainer.configure(settings);
    this.#lookaheadTrainer.configure(settings);
  }

  step(): void {
    tf.tidy(() => {
      const from = (this.#steps * BATCH) % SIZE;
      const points = tf.slice(this.training.points, [from, 0], [BATCH, -1]);
      const classes = tf.slice(this.training.classes, [from, 0], [BATCH, -1]);
      const plain = this.#plainTrainer.minimize(() => lossOf(this.#plain, points, classes));
      const { lookahead } = this.#lookaheadTrainer;
      const fast = this.mergeCost.time(
        () => this.#lookaheadTrainer.minimize(() => lossOf(this.#ahead, points, classes)),
        () => lookahead.sync(),
      );
      this.#unreadLosses.push(tf.keep(tf.stack([plain, fast])));
    });
    if (++this.#steps % STEPS_BETWEEN_EVALUATIONS === 0) this.#queueEvaluation();
  }

  /** Appends what the steps since have queued: one read for all, which a GPU is fast at. */
  async read(): Promise<void> {
    const losses = this.#unreadLosses;
    const evaluations = this.#unreadEvaluations;
    this.#unreadLosses = [];
    this.#unreadEvaluations = [];
    for (const [plain, fast] of await rows(losses)) {
      this.losses.push({ plain, fast } as Losses);
    }
    const values = await rows(evaluations.map(({ values }) => values));
    values.forEach(([plainLoss, fastLoss, slowLoss, plain, fast, slow], i) => {
      this.evaluations.push({
        step: (evaluations[i] as { step: number }).step,
        loss: { plain: plainLoss, fast: fastLoss, slow: slowLoss },
        accuracy: { plain, fast, slow },
      } as Evaluation);
    });
  }

  /** Probabilities of the second class at the points, by the plain and by the slow weights. */
  async probabilities(points: [number, number][]): Promise<{ plain: Float32Array; slow: Float32Array }> {
    const both = tf.tidy(() => {
      const at = tf.tensor2d(points);
      return tf.concat([
        probabilitiesOf(this.#plain, at),
        this.#lookaheadTrainer.lookahead.withSlowWeights(() => probabilitiesOf(this.#ahead, at)),
      ]);
    });
    const values = (await both.data()) as Float32Array;
    both.dispose();
    return { plain: values.subarray(0, points.length), slow: values.subarray(points.length) };
  }

  dispose(): void {
    tf.dispose([this.#unreadLosses, this.#unreadEvaluations]);
    this.#plainTrainer.dispose();
    this.#lookaheadTrainer.dispose();
    this.#plain.dispose();
    this.#ahead.dispose();
    tf.dispose([this.training, this.#heldOut] as unknown as tf.TensorContainer);
  }

  #queueEvaluation(): void {
    const { points, classes } = this.#heldOut;
    const values = tf.tidy(() => {
      const { lookahead } = this.#lookaheadTrainer;
      const onAll = (evaluate: typeof lossOf) => [
        evaluate(this.#plain, points, classes),
        evaluate(this.#ahead, points, classes),
        lookahead.withSlowWeights(() => evaluate(this.#ahead, points, classes)),
      ];
      return tf.stack([...onAll(lossOf), ...onAll(accuracyOf)]);
    });
    this.#unreadEvaluations.push({ step: this.#steps, values });
  }
}

/** The values of vectors of one length, which are disposed. */
async function rows(vectors: tf.Tensor[]): Promise<number[][]> {
  if (vectors.length === 0) return [];
  const matrix = tf.tidy(() => tf.stack(vectors));
  const values = (await matrix.array()) as number[][];
  tf.dispose([matrix, vectors]);
  return values;
}
