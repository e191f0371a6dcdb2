import {
  dispose,
  type NamedTensorMap,
  Optimizer,
  type Scalar,
  type serialization,
  type Tensor,
  type Variable,
} from '@tensorflow/tfjs-core';
import { checkStepped, checkVariables } from '../base/checks.js';
import { at, atAsync, mistake } from '../base/errors.js';
import { checkGradients, type Gradients } from '../base/gradients.js';
import type { NamedTensor } from '../base/named-tensor.js';
import { type Clipping, clippingOf, clipSettings, stepClipped, withScales } from '../clip.js';
import { fused, multiplies, stepPath } from '../fused.js';
import {
  change,
  checkInner,
  type LookaheadOptimizerConfig,
  loopSettings,
  type NonFinite,
  type OptimizerSettings,
  optimizerSettings,
  type PullbackMomentum,
  readSettings,
} from '../lookahead-settings.js';
import { goesByPosition } from '../state/classes.js';
import { checkFree, disposeOptimizer, own } from '../state/life.js';
import { stepByPosition } from '../state/step-by-position.js';
import { Checkpoint } from '../weights/checkpoint.js';
import { KnownVariables } from '../weights/known-variables.js';
import { InnerMomentum } from '../weights/momentum.js';
import { NonFiniteGuard } from '../weights/non-finite.js';
import { SlowWeights } from '../weights/slow-weights.js';
import { configOf, fromConfig } from './config.js';
import { learningRateOf, passOn, setLearningRate } from './hyperparameters.js';
import { hasOwnMinimize, minimizeWithin, stepWithin } from './own-minimize.js';

export class LookaheadOptimizer extends Optimizer {
  /**
   * The name that a saved model has for this class: 'Lookahead'.
   *
   * @nocollapse
   */
  static get className(): string {
    return 'Lookahead'; // a getter, since a property would keep the class from being tree-shaken
  }

  /** The optimizer that steps the fast weights, {@link fused} where it can be. */
  readonly inner: Optimizer;
  readonly #step: (gradients: Gradients) => void;
  readonly #settings: OptimizerSettings;
  readonly #weights: SlowWeights;
  readonly #known: KnownVariables;
  /** What the Lookaheads inside know, one in the other. */
  readonly #inside: readonly KnownVariables[];
  readonly #checkpoint: Checkpoint;
  #isRestoring = false;

  /**
   * Lookahead around an optimizer. {@link lookahead} does the same, and also takes a name such as 'adam'.
   *
   * @param inner any `tf.Optimizer`. It belongs to this one from now on: do not step or dispose it on its own. Of a class
   * of your own, it gets gradients as they are passed here, and a `minimize` or `computeGradients` of its own is called.
   * @param config see {@link LookaheadOptimizerConfig}.
   * @throws Error if `inner` or `outer` is no optimizer, was disposed or belongs to another Lookahead, if the config is
   * out of range, has an unknown key, or settings that exclude each other: alpha and `outer`; a `pullbackMomentum` and an
   * inner optimizer without momentum, `restart: false` or, if it is 'pullback', `outer`; `nonFinite: 'restore'` and an
   * inner optimizer that is neither tfjs's own nor this package's; `nonFinite` and a Lookahead as `outer`.
   * @example
   * const optimizer = new LookaheadOptimizer(tf.train.adam(1e-3), { k: 5, alpha: 0.5 });
   */
  constructor(inner: Optimizer, config: LookaheadOptimizerConfig = {}) {
    super();
    const settings = at('lookahead', () => {
      checkFree('inner', inner);
      const read = readSettings<OptimizerSettings>({ ...loopSettings, ...optimizerSettings, ...clipSettings }, config);
      checkInner(inner, read);
      return read;
    });
    const { outer, pullbackMomentum, nonFinite } = settings;
    own(inner);
    if (outer) own(fused(outer));
    this.inner = fused(inner);
    const clipping = clippingOf(settings);
    const step = stepWithin(inner, (gradients) => this.applyGradients(gradients));
    this.#step = (gradients) =>
      stepClipped(clipping, gradients, multiplies(inner), (given, scales) =>
        withScales(inner, scales, () => step(given)),
      );
    this.#settings = settings;
    const momentum = new InnerMomentum(inner, pullbackMomentum);
    const guard = nonFinite === 'propagate' ? undefined : new NonFiniteGuard(nonFinite, inner);
    const stepsInPlace = () => stepPath(inner) !== 'ops';
    this.#weights = new SlowWeights(settings, { momentum, guard, stepsInPlace });
    this.#known = new KnownVariables(inner, this.#weights);
    this.#inside = #known in inner ? [inner.#known, ...inner.#inside] : [];
    this.#checkpoint = new Checkpoint(inner, this.#known);
    passOn(this, inner);
    const { getWeights, setWeights } = LookaheadOptimizer.prototype;
    if (this.getWeights === getWeights && this.setWeights === setWeights) this.#checkpoint.belongTo(this);
  }

  /** Fast steps from one merge to the next: an integer of at least 1, or Infinity. Assignable. */
  get k(): number {
    return this.#settings.k;
  }

  set k(k: number) {
    at('LookaheadOptimizer', () => change(this.#settings, 'k', k));
  }

  /**
   * How far the slow weights step towards the fast ones at a merge, in [0, 1]. Assignable, so that a schedule is one
   * line. With an outer optimizer it is NaN: set the learning rate of {@link outer} then, of SGD and Momentum with
   * `setLearningRate()`.
   */
  get alpha(): number {
    return this.#settings.alpha;
  }

  set alpha(alpha: number) {
    at('LookaheadOptimizer', () => change(this.#settings, 'alpha', alpha));
  }

  /** The inner optimizer's, for callbacks that read or set it. Assignable: a finite number. */
  get learningRate(): number {
    return learningRateOf(this.inner);
  }

  set learningRate(learningRate: number) {
    at('LookaheadOptimizer', () => setLearningRate(this.inner, learningRate));
  }

  /**
   * The same as assigning {@link learningRate}; SGD and Momentum of tfjs have this method.
   *
   * @param learningRate a finite number.
   * @throws Error if it is not finite.
   */
  setLearningRate(learningRate: number): void {
    this.learningRate = learningRate;
  }

  /** Steps of the inner optimizer. */
  override get iterations(): number {
    return this.inner.iterations ?? this.#weights.counters.step;
  }

  /** Steps of the inner optimizer since the last merge: from 0 to k - 1, or more where k has become less since. */
  get stepsInCycle(): number {
    return this.#weights.counters.stepsInCycle;
  }

  /** The outer optimizer, which steps the slow weights instead of alpha, if there is one; {@link fused} where it can be. */
  get outer(): Optimizer | null {
    return this.#settings.outer;
  }

  /** Whether the fast weights restart from the slow ones at a merge. */
  get restart(): boolean {
    return this.#settings.restart;
  }

  /** How gradients are clipped before a step of the inner optimizer: empty if they are not. */
  get clipping(): Clipping {
    return clippingOf(this.#settings);
  }

  /** The fate of the inner optimizer's momentum at a merge. */
  get pullbackMomentum(): PullbackMomentum {
    return this.#settings.pullbackMomentum;
  }

  /** The reaction to a weight that is NaN or infinite at a merge. */
  get nonFinite(): NonFinite {
    return this.#settings.nonFinite;
  }

  /** How many cycles were undone because of weights that were NaN or infinite; with `nonFinite: 'restore'` alone. */
  get restores(): number {
    return this.#weights.counters.restores;
  }

  /** The variables that have been stepped so far: the fast weights. */
  get variables(): Variable[] {
    return [...this.#weights.fast];
  }

  /** Their slow weights, in the same order. They belong to this optimizer. */
  get slowWeights(): Variable[] {
    return [...this.#weights.slow];
  }

  /** Whether {@link dispose} was called. */
  get isDisposed(): boolean {
    return this.#weights.isDisposed;
  }

  /**
   * The inner optimizer's: the value of `f`, and its gradients by the names of the variables.
   *
   * @param f the loss: a function of the variables that returns a scalar.
   * @param varList the variables to differentiate with respect to; by default all trainable ones that `f` uses.
   * @returns the value, and one gradient for each variable. Dispose them when done.
   * @throws Error after {@link dispose}, or inside {@link withSlowWeights}.
   */
  override computeGradients(f: () => Scalar, varList?: Variable[]): { value: Scalar; grads: NamedTensorMap } {
    at('LookaheadOptimizer.computeGradients', () => this.#checkCanStep());
    return this.inner.computeGradients(f, varList);
  }

  /**
   * Computes gradients and applies them, as every optimizer of tfjs does. If the step throws, nothing is left over. Where
   * the inner optimizer is of a class with a `minimize` of its own, that one runs, and has to step by `this.applyGradients()`.
   *
   * @param f the loss: a function of the variables that returns a scalar.
   * @param returnCost whether to return its value. Default false.
   * @param varList the variables to train; by default all trainable ones that `f` uses.
   * @returns the value of the loss before the step, or null.
   * @throws Error as {@link applyGradients} does, or if a `minimize` of the inner optimizer's own has stepped without it.
   */
  override minimize(f: () => Scalar, returnCost = false, varList?: Variable[]): Scalar | null {
    if (hasOwnMinimize(this.inner)) {
      return at('LookaheadOptimizer.minimize', () => {
        this.#checkCanStep();
        return minimizeWithin(this.inner, this.#weights, f, returnCost, varList);
      });
    }
    const { value, grads } = this.computeGradients(f, varList);
    try {
      this.applyGradients(varList ? varList.map(({ name }) => ({ name, tensor: grads[name] as Tensor })) : grads);
    } catch (error) {
      value.dispose();
      throw error;
    } finally {
      dispose(grads);
    }
    if (returnCost) return value;
    value.dispose();
    return null;
  }

  /**
   * One step of the inner optimizer; the merge follows at every k-th. A variable gets its slow weight just before its
   * first step. The list of gradients and its order may change from call to call. Variables that were disposed are
   * forgotten, and new ones take their places.
   *
   * @param variableGradients gradients by the names of their variables, in either form that tfjs takes.
   * @returns what the inner optimizer's returns: nothing, for those of tfjs. Not a promise.
   * @throws Error after {@link dispose}, inside {@link withSlowWeights}, or if a variable with a gradient is unknown or
   * not float32; then nothing has changed. Where the inner optimizer steps asynchronously. With `nonFinite`, also as
   * {@link flush} does.
   */
  applyGradients(variableGradients: Gradients): void {
    // biome-ignore lint/correctness/noVoidTypeReturn: an optimizer of the user's own may return something
    return at('LookaheadOptimizer.applyGradients', () => {
      this.#checkCanStep();
      checkGradients(variableGradients);
      const isInOrder = this.#known.meet(variableGradients, this.#inside) || !goesByPosition(this.inner);
      const result = isInOrder
        ? this.#step(variableGradients)
        : stepByPosition(this.inner, this.#known.positions, variableGradients, this.#step);
      checkStepped('inner', result);
      this.#weights.advance();
      return result;
    });
  }

  /**
   * Makes variables known before their first step, in the order in which that step will list them. Needed to use
   * {@link withSlowWeights} right after a model was loaded: `optimizer.add(model.getWeights(true))`. And where a step
   * cannot tell which variable is which that was saved: name those, and no others, in the order in which they were saved.
   *
   * @param variables as for the constructor of {@link Lookahead}, but there may be none; those that are known already are
   * ignored.
   * @throws Error if one is not a variable, was disposed or is not float32, if they do not fit what was restored, or inside
   * {@link withSlowWeights}; then nothing has changed.
   */
  add(variables: readonly Tensor[]): void {
    at('LookaheadOptimizer.add', () => {
      this.#checkReady();
      checkVariables(variables);
      const listed = [...new Set(variables)];
      const plans = [this.#known, ...this.#inside].map((known) => [known, known.plan(listed, true)] as const);
      for (const [known, plan] of plans) known.apply(plan);
    });
  }

  /**
   * Merges now, however many steps the cycle has had, and starts a new one.
   *
   * @throws Error as {@link withSlowWeights} does. With `nonFinite: 'throw'` also where a weight is not finite, with 'restore'
   * at the tenth such cycle in a row, and with either on webgpu, or where the slow weights are not finite.
   */
  flush(): void {
    at('LookaheadOptimizer.flush', () => {
      this.#checkKnown();
      this.#weights.merge();
    });
  }

  /**
   * Takes the values that the variables have now as the slow weights, and starts a new cycle. Cached momentum is taken as
   * it is now, an outer optimizer keeps its state, and a Lookahead inside does the same. Call it after anything but a step
   * has changed the variables, `model.setWeights` for instance: the next merge would pull them back to what they were.
   *
   * @throws Error as {@link withSlowWeights} does. With `nonFinite`, also where a value is not finite, and on webgpu.
   */
  adopt(): void {
    at('LookaheadOptimizer.adopt', () => {
      this.#checkKnown();
      this.#weights.inner.guard?.checkAdoptable(this.#weights.fast);
      if (#known in this.inner) this.inner.adopt();
      this.#weights.adopt();
    });
  }

  /**
   * Runs `fn`, sync or async, with the slow weights in the variables, and puts the fast ones back whatever happens.
   *
   * @param fn may be async; then await the result, or return it from the callback that calls this.
   * @returns what `fn` returns.
   * @throws Error if restored slow weights wait for variables that are not known yet; and as {@link Lookahead} does.
   * @example
   * const result = optimizer.withSlowWeights(() => model.evaluate(x, y));
   */
  withSlowWeights<T>(fn: () => T): T {
    return at('LookaheadOptimizer.withSlowWeights', () => {
      this.#checkKnown();
      return this.#weights.use(fn);
    });
  }

  /**
   * The whole state: all that the inner optimizer holds (with the powers of Adam's betas, and all of Adamax, which their own
   * lists leave out), the slow weights, the cached momentum, what the outer optimizer holds, the counters. All is of the
   * moment of the call, whatever steps before the promise is fulfilled; only an inner or outer optimizer with a `getWeights`
   * of its own is of the moment that this takes.
   *
   * @returns the list, in an order that {@link setWeights} relies on. Its tensors keep their values and belong to the
   * optimizer: read them before the next call, since then they are disposed, as by {@link dispose}. Until then they take
   * as much memory as the state.
   * @throws Error inside {@link withSlowWeights}, or if the inner or the outer optimizer cannot be saved.
   */
  override async getWeights(): Promise<NamedTensor[]> {
    return atAsync('LookaheadOptimizer.getWeights', () => this.#checkpoint.save(() => this.#checkUsable()));
  }

  /**
   * Takes over what {@link getWeights} returned, here or in another process: training goes on bit for bit. Await it:
   * until then everything else is refused.
   *
   * The variables are found at the next step, or at {@link add}. By name, if all that are listed there were saved, or
   * all that were saved are listed; where none was, a number that tfjs appends, as when a model is loaded again in the
   * same page, does not count. By position, if names tell nothing: then those that were saved have to be listed, and no
   * others, in the same order. Where the first step trains other layers than before, name those that were saved, with
   * {@link add}.
   *
   * The weights of the bare inner optimizer are taken too: a new cycle then starts, with the slow weights at the
   * variables' values at the next step.
   *
   * @param weights are not disposed, and you may dispose them afterwards.
   * @throws Error if the list is not what `getWeights()` returns for these classes of optimizers; then nothing has
   * changed. Variables that do not match what was saved, in name or in shape, are an error at the step that lists them.
   */
  override async setWeights(weights: NamedTensor[]): Promise<void> {
    return atAsync('LookaheadOptimizer.setWeights', async () => {
      this.#checkReady();
      this.#isRestoring = true;
      try {
        await this.#checkpoint.restore(weights);
      } finally {
        this.#isRestoring = false;
      }
    });
  }

  /**
   * The config that `model.save` writes, and {@link fromConfig} takes.
   *
   * @returns `inner` and `outer` (the class name and the config of each optimizer; without an outer one, `alpha`), and all
   * other settings.
   */
  getConfig(): serialization.ConfigDict {
    return configOf(this.inner, this.#settings);
  }

  /**
   * Makes an optimizer from a config. `tf.loadLayersModel` calls it.
   *
   * @nocollapse
   * @param cls the class to make: this one, or one that extends it.
   * @param config what {@link getConfig} returned.
   * @returns the optimizer, without weights: give it those with {@link setWeights}.
   * @throws Error if the class of the inner optimizer is unknown, or if the config is out of range.
   */
  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    return at('LookaheadOptimizer.fromConfig', () => fromConfig(cls, config)); // tfjs-layers calls this unbound
  }

  /**
   * Disposes the slow weights, the cached momentum, the inner and the outer optimizer. A second call does nothing.
   *
   * @throws Error inside {@link withSlowWeights}, or before {@link setWeights} has finished.
   */
  override dispose(): void {
    if (this.isDisposed) return;
    at('LookaheadOptimizer.dispose', () => this.#checkReady());
    this.#checkpoint.dispose();
    this.#known.dispose();
    disposeOptimizer(this.inner);
  }

  #checkUsable(): void {
    if (this.isDisposed) {
      throw mistake(`this optimizer was disposed. Make a new one, with lookahead().`);
    }
    if (this.#isRestoring) {
      throw mistake(`setWeights() has not finished. Await the promise that it returned.`);
    }
  }

  #checkReady(): void {
    this.#checkUsable();
    this.#weights.checkFastAreIn();
    for (const { weights } of this.#inside) weights.checkFastAreIn();
  }

  #checkCanStep(): void {
    this.#checkReady();
    this.#weights.inner.guard?.checkBackend();
  }

  /** Forgets variables that are gone, and throws where restored slow weights wait for theirs. */
  #checkKnown(): void {
    this.#checkReady();
    if (this.#known.areRestoredWaiting) {
      throw mistake(
        `the restored slow weights wait for their variables, which are known only from the first step. ` +
          'Name them: optimizer.add(model.getWeights(true)).',
      );
    }
    this.#known.forgetGone();
  }
}
