import type * as tf from '@tensorflow/tfjs';
import { fused, Lookahead, type StepPath, stepPath } from 'tfjs-lookahead';
import { disposeOptimizer, innerOptimizers, makeOptimizer, outerOptimizers, setLearningRate } from './optimizers.js';
import type { TrainerSettings } from './settings.js';

/** Steps variables with an inner optimizer: the plain side of a comparison. */
export class PlainTrainer {
  protected readonly optimizer: tf.Optimizer;
  readonly #variables: tf.Variable[];

  constructor(variables: tf.Variable[], { inner, learningRate }: TrainerSettings) {
    this.#variables = variables;
    this.optimizer = makeOptimizer(innerOptimizers[inner], learningRate);
  }

  minimize(loss: () => tf.Scalar): void {
    this.optimizer.minimize(loss, false, this.#variables);
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
    const { k, alpha, outer, outerRate } = settings;
    const slowStep = outer === 'none' ? { alpha } : { outer: fused(makeOptimizer(outerOptimizers[outer], outerRate)) };
    this.lookahead = new Lookahead(variables, { k, ...slowStep });
  }

  /** The path that computes the inner optimizer's step. */
  get stepPath(): StepPath {
    return stepPath(this.optimizer);
  }

  override configure(settings: TrainerSettings): void {
    super.configure(settings);
    const { outer } = this.lookahead;
    this.lookahead.k = settings.k;
    if (outer) setLearningRate(outer, settings.outerRate);
    else this.lookahead.alpha = settings.alpha;
  }

  override dispose(): void {
    const { outer } = this.lookahead;
    this.lookahead.dispose();
    if (outer) disposeOptimizer(outer);
    super.dispose();
  }
}
