import type * as tf from '@tensorflow/tfjs';
import { fused, Lookahead, type StepPath, stepPath } from 'tfjs-lookahead';
import { disposeOptimizer, type InnerOptimizer, innerOptimizers, setLearningRate } from './inner-optimizers.js';

export interface TrainerSettings {
  inner: InnerOptimizer;
  learningRate: number;
  k: number;
  alpha: number;
}

/** Steps variables with an inner optimizer: the plain side of a comparison. */
export class PlainTrainer {
  protected readonly optimizer: tf.Optimizer;
  readonly #variables: tf.Variable[];

  constructor(variables: tf.Variable[], { inner, learningRate }: TrainerSettings) {
    this.#variables = variables;
    this.optimizer = innerOptimizers[inner](learningRate);
  }

  /** @returns the loss before the step. */
  minimize(loss: () => tf.Scalar): tf.Scalar {
    return this.optimizer.minimize(loss, true, this.#variables) as tf.Scalar;
  }

  configure({ learningRate }: TrainerSettings): void {
    setLearningRate(this.optimizer, learningRate);
  }

  dispose(): void {
    disposeOptimizer(this.optimizer);
  }
}

/** The same inner optimizer, fused as `lookahead()` does it, and Lookahead after its steps. */
export class LookaheadTrainer extends PlainTrainer {
  readonly lookahead: Lookahead;

  constructor(variables: tf.Variable[], settings: TrainerSettings) {
    super(variables, settings);
    fused(this.optimizer);
    this.lookahead = new Lookahead(variables, { k: settings.k, alpha: settings.alpha });
  }

  /** What computes the inner optimizer's step. */
  get stepPath(): StepPath {
    return stepPath(this.optimizer);
  }

  override configure(settings: TrainerSettings): void {
    super.configure(settings);
    this.lookahead.k = settings.k;
    this.lookahead.alpha = settings.alpha;
  }

  override dispose(): void {
    this.lookahead.dispose();
    super.dispose();
  }
}
