import * as tf from '@tensorflow/tfjs';
import type { StepPath } from 'tfjs-lookahead';
import { LookaheadTrainer, PlainTrainer, type TrainerSettings } from '../training/trainer.js';
import { type Dataset, type DatasetName, disposeDataset, makeDataset } from './datasets.js';
import { accuracyOf, buildModel, lossOf, probabilitiesOf, variablesOf } from './model.js';
import { TrainingCost } from './training-cost.js';

const SIZE = 256;
const BATCH = 16;
const SEED = 1;

export interface Evaluation {
  step: number;
  /** On points that are not used for training. */
  loss: Record<'plain' | 'fast' | 'slow', number>;
  accuracy: Record<'plain' | 'fast' | 'slow', number>;
  /** The mean over the batches since the previous evaluation, each before its step; none before the first step. */
  trainingLoss: Record<'plain' | 'fast', number | undefined>;
}

/** The same network twice, from the same weights and on the same batches: plain, and with Lookahead. */
export class Comparison {
  readonly evaluations: Evaluation[] = [];
  readonly cost = new TrainingCost();
  readonly training: Dataset;
  readonly #heldOut: Dataset;
  readonly #plain: tf.Sequential;
  readonly #ahead: tf.Sequential;
  readonly #plainTrainer: PlainTrainer;
  readonly #lookaheadTrainer: LookaheadTrainer;
  #step = 0;
  /**
   * Of the steps since the last evaluation. They are read together, because reading each at once would keep a GPU
   * waiting.
   */
  #trainingLosses: tf.Tensor[] = [];

  constructor(dataset: DatasetName, settings: TrainerSettings) {
    this.training = makeDataset(dataset, SIZE, SEED);
    this.#heldOut = makeDataset(dataset, SIZE, SEED + 1);
    this.#plain = buildModel(SEED);
    this.#ahead = buildModel(SEED);
    this.#plainTrainer = new PlainTrainer(variablesOf(this.#plain), settings);
    this.#lookaheadTrainer = new LookaheadTrainer(variablesOf(this.#ahead), settings);
  }

  /** What computes the inner optimizer's step under Lookahead. */
  get stepPath(): StepPath {
    return this.#lookaheadTrainer.stepPath;
  }

  /** Takes effect from the next step on. */
  configure(settings: TrainerSettings): void {
    this.#plainTrainer.configure(settings);
    this.#lookaheadTrainer.configure(settings);
  }

  step(): void {
    tf.tidy(() => {
      const drawn = tf.randomUniformInt([BATCH], 0, SIZE, SEED + ++this.#step);
      const points = tf.gather(this.training.points, drawn);
      const classes = tf.gather(this.training.classes, drawn);
      const { plain, fast } = this.cost.time({
        plainStep: () => this.#plainTrainer.minimize(() => lossOf(this.#plain, points, classes)),
        innerStep: () => this.#lookaheadTrainer.minimize(() => lossOf(this.#ahead, points, classes)),
        sync: () => this.#lookaheadTrainer.lookahead.sync(),
      });
      this.#trainingLosses.push(tf.keep(tf.stack([plain, fast])));
    });
  }

  /** Adds an evaluation, if there were steps since the last. */
  async evaluate(): Promise<void> {
    const losses = this.#trainingLosses;
    if (losses.length === 0 && this.evaluations.length > 0) return;
    this.#trainingLosses = [];
    const step = this.#step;
    const { points, classes } = this.#heldOut;
    const figures = tf.tidy(() => {
      const ofEach = (evaluate: typeof lossOf) => [
        evaluate(this.#plain, points, classes),
        evaluate(this.#ahead, points, classes),
        this.#withSlowWeights(() => evaluate(this.#ahead, points, classes)),
      ];
      const training = losses.length > 0 ? tf.unstack(tf.mean(tf.stack(losses), 0)) : [];
      return tf.stack([...ofEach(lossOf), ...ofEach(accuracyOf), ...training]);
    });
    const [plain, fast, slow, plainRight, fastRight, slowRight, plainTraining, fastTraining] =
      (await figures.data()) as unknown as [number, number, number, number, number, number, number?, number?];
    tf.dispose([figures, losses]);
    this.evaluations.push({
      step,
      loss: { plain, fast, slow },
      accuracy: { plain: plainRight, fast: fastRight, slow: slowRight },
      trainingLoss: { plain: plainTraining, fast: fastTraining },
    });
  }

  /** Probabilities of the second class at the points, with the plain and with the slow weights. */
  async probabilities(points: [number, number][]): Promise<Record<'plain' | 'slow', Float32Array>> {
    const both = tf.tidy(() => {
      const at = tf.tensor2d(points);
      return tf.concat([
        probabilitiesOf(this.#plain, at),
        this.#withSlowWeights(() => probabilitiesOf(this.#ahead, at)),
      ]);
    });
    const values = (await both.data()) as Float32Array;
    both.dispose();
    return { plain: values.subarray(0, points.length), slow: values.subarray(points.length) };
  }

  dispose(): void {
    tf.dispose(this.#trainingLosses);
    this.#plainTrainer.dispose();
    this.#lookaheadTrainer.dispose();
    this.#plain.dispose();
    this.#ahead.dispose();
    disposeDataset(this.training);
    disposeDataset(this.#heldOut);
  }

  #withSlowWeights<T>(fn: () => T): T {
    return this.#lookaheadTrainer.lookahead.withSlowWeights(fn);
  }
}
