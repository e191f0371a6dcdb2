import * as tf from '@tensorflow/tfjs';
import { registerTrainingKernels, type StepPath, unregisterTrainingKernels } from 'tfjs-lookahead';
import type { TrainerSettings } from '../training/settings.js';
import { LookaheadTrainer, PlainTrainer } from '../training/trainer.js';
import { type Dataset, type DatasetName, disposeDataset, makeDataset } from './datasets.js';
import { accuracyOf, buildModel, lossOf, marginsOf, variablesOf } from './model.js';
import { TrainingCost } from './training-cost.js';

const SIZE = 256;
const BATCH = 16;
const SEED = 1;

/** Not a multiple of the usual k, because just after a merge the fast weights are the slow ones. */
const STEPS_PER_EVALUATION = 8;

type SixNumbers = [number, number, number, number, number, number];

/** Both networks after a step. */
export interface Evaluation {
  step: number;
  /** On points that are not used for training. */
  loss: Record<'plain' | 'fast' | 'slow', number>;
  accuracy: Record<'plain' | 'fast' | 'slow', number>;
  /** At the points of the grid: above 0 where a network expects the second class. */
  margins: Record<'plain' | 'slow', Float32Array>;
}

const isRegular = (step: number) => step % STEPS_PER_EVALUATION === 0;

/** Makes it from losses, accuracies, and margins at as many points as the grid has. */
function evaluationFrom(step: number, figures: Float32Array, points: number): Evaluation {
  const [plain, fast, slow, plainRight, fastRight, slowRight] = figures as unknown as SixNumbers;
  return {
    step,
    loss: { plain, fast, slow },
    accuracy: { plain: plainRight, fast: fastRight, slow: slowRight },
    margins: { plain: figures.slice(6, 6 + points), slow: figures.slice(6 + points, 6 + 2 * points) },
  };
}

/** The same network twice, from the same weights and on the same batches: plain, and with Lookahead. */
export class Comparison {
  readonly training: Dataset;
  readonly cost = new TrainingCost();
  /** Whether the network with Lookahead is trained with the training kernels. The plain one never is. */
  readonly hasKernels = tf.getBackend() === 'wasm';
  /** At regular steps. */
  readonly evaluations: Evaluation[] = [];
  /** The latest, after any step. */
  now: Evaluation | undefined;
  readonly #heldOut: Dataset;
  readonly #grid: tf.Tensor;
  readonly #plain: tf.Sequential;
  readonly #ahead: tf.Sequential;
  readonly #plainTrainer: PlainTrainer;
  readonly #lookaheadTrainer: LookaheadTrainer;
  #step = 0;
  /** They are read together, because reading each at once would keep a GPU waiting. */
  #unread: { step: number; figures: tf.Tensor }[] = [];

  /** @param grid the points where the evaluations have the margins. */
  constructor(dataset: DatasetName, grid: [number, number][], settings: TrainerSettings) {
    this.training = makeDataset(dataset, SIZE, SEED);
    this.#heldOut = makeDataset(dataset, SIZE, SEED + 1);
    this.#grid = tf.tensor2d(grid);
    this.#plain = buildModel(SEED);
    this.#ahead = buildModel(SEED);
    this.#plainTrainer = new PlainTrainer(variablesOf(this.#plain), settings);
    this.#lookaheadTrainer = new LookaheadTrainer(variablesOf(this.#ahead), settings);
    this.#queueEvaluation();
  }

  /** The path that computes the inner optimizer's step under Lookahead. */
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
      this.cost.time({
        useKernels: (areUsed) => {
          if (this.hasKernels) (areUsed ? registerTrainingKernels : unregisterTrainingKernels)();
        },
        plainStep: () => this.#plainTrainer.minimize(() => lossOf(this.#plain, points, classes)),
        innerStep: () => this.#lookaheadTrainer.minimize(() => lossOf(this.#ahead, points, classes)),
        sync: () => this.#lookaheadTrainer.lookahead.sync(),
      });
    });
    if (isRegular(this.#step)) this.#queueEvaluation();
  }

  /** Brings the evaluations up to date. */
  async read(): Promise<void> {
    if (this.now?.step === this.#step) return;
    if (!isRegular(this.#step)) this.#queueEvaluation();
    const queued = this.#unread;
    this.#unread = [];
    const tensors = queued.map(({ figures }) => figures);
    const rows = tf.stack(tensors);
    const values = (await rows.data()) as Float32Array;
    tf.dispose([rows, tensors]);
    queued.forEach(({ step }, i) => {
      this.now = evaluationFrom(step, values.subarray((i * values.length) / queued.length), this.#grid.shape[0]);
      if (isRegular(step)) this.evaluations.push(this.now);
    });
  }

  dispose(): void {
    tf.dispose([this.#grid, this.#unread.map(({ figures }) => figures)]);
    this.#plainTrainer.dispose();
    this.#lookaheadTrainer.dispose();
    this.#plain.dispose();
    this.#ahead.dispose();
    disposeDataset(this.training);
    disposeDataset(this.#heldOut);
  }

  #queueEvaluation(): void {
    const { points, classes } = this.#heldOut;
    const withSlowWeights = <T>(fn: () => T): T => this.#lookaheadTrainer.lookahead.withSlowWeights(fn);
    const figures = tf.tidy(() => {
      const ofEach = (evaluate: typeof lossOf) => [
        evaluate(this.#plain, points, classes),
        evaluate(this.#ahead, points, classes),
        withSlowWeights(() => evaluate(this.#ahead, points, classes)),
      ];
      return tf.concat([
        tf.stack([...ofEach(lossOf), ...ofEach(accuracyOf)]),
        marginsOf(this.#plain, this.#grid),
        withSlowWeights(() => marginsOf(this.#ahead, this.#grid)),
      ]);
    });
    this.#unread.push({ step: this.#step, figures });
  }
}
