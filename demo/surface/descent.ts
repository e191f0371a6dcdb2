import * as tf from '@tensorflow/tfjs';
import type { TrainerSettings } from '../training/settings.js';
import { LookaheadTrainer, PlainTrainer } from '../training/trainer.js';
import type { Surface } from './surfaces.js';

export interface DescentSettings extends TrainerSettings {
  /** Standard deviation of the shift of the surface, in the units of its axes. */
  noise: number;
}

/** Where a pair of weights was after a step, and the loss there, without noise. */
export interface Place {
  point: [x: number, y: number];
  loss: number;
}

/** All three after one step, the fast weights before a merge moves them back. */
export interface TracedStep {
  plain: Place;
  fast: Place;
  slow: Place;
  merged: boolean;
}

/** Two pairs of weights on a loss surface, with the same start and the same noise: plain, and with Lookahead. */
export class Descent {
  readonly trace: TracedStep[] = [];
  readonly #surface: Surface;
  readonly #plain: tf.Variable;
  readonly #fast: tf.Variable;
  readonly #plainTrainer: PlainTrainer;
  readonly #lookaheadTrainer: LookaheadTrainer;
  #settings: DescentSettings;
  #steps = 0;
  #unread: { points: tf.Tensor; merged: boolean }[] = [];

  constructor(surface: Surface, settings: DescentSettings) {
    this.#surface = surface;
    this.#settings = settings;
    const weights = () => tf.tidy(() => tf.variable(tf.tensor2d([surface.start])));
    this.#plain = weights();
    this.#fast = weights();
    this.#plainTrainer = new PlainTrainer([this.#plain], settings);
    this.#lookaheadTrainer = new LookaheadTrainer([this.#fast], settings);
    this.#queueReading(this.#fast, false);
  }

  /** Takes effect at the next step. */
  configure(settings: DescentSettings): void {
    this.#settings = settings;
    this.#plainTrainer.configure(settings);
    this.#lookaheadTrainer.configure(settings);
  }

  step(): void {
    tf.tidy(() => {
      // tfjs reads a seed of 0 as none.
      const shift = tf.randomNormal([1, 2], 0, this.#settings.noise, 'float32', ++this.#steps);
      const shiftedLoss = (weights: tf.Variable) => (): tf.Scalar => tf.sum(this.#surface.loss(tf.sub(weights, shift)));
      this.#plainTrainer.minimize(shiftedLoss(this.#plain));
      this.#lookaheadTrainer.minimize(shiftedLoss(this.#fast));
      const beforeMerge = tf.clone(this.#fast);
      const merged = this.#lookaheadTrainer.lookahead.sync();
      this.#queueReading(beforeMerge, merged);
    });
  }

  /**
   * Adds to the trace what the steps since the last call have queued. One read for all, because that is fast on a GPU.
   */
  async read(): Promise<void> {
    if (this.#unread.length === 0) return;
    const queued = this.#unread;
    this.#unread = [];
    const read = tf.tidy(() => {
      const points = tf.concat(queued.map(({ points }) => points));
      return tf.concat([points, this.#surface.loss(points)], 1);
    });
    const values = await read.data();
    tf.dispose([read, queued]);
    const placeAt = (row: number): Place => {
      const [x, y, loss] = values.subarray(3 * row, 3 * row + 3) as unknown as [number, number, number];
      return { point: [x, y], loss };
    };
    queued.forEach(({ merged }, i) => {
      this.trace.push({ plain: placeAt(3 * i), fast: placeAt(3 * i + 1), slow: placeAt(3 * i + 2), merged });
    });
  }

  #queueReading(fast: tf.Tensor, merged: boolean): void {
    const [slow] = this.#lookaheadTrainer.lookahead.slowWeights as [tf.Variable];
    this.#unread.push({ points: tf.tidy(() => tf.keep(tf.concat([this.#plain, fast, slow]))), merged });
  }

  dispose(): void {
    tf.dispose([this.#unread]);
    this.#plainTrainer.dispose();
    this.#lookaheadTrainer.dispose();
    tf.dispose([this.#plain, this.#fast]);
  }
}
