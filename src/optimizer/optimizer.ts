import {
  dispose,
  engine,
  keep,
  type NamedTensorMap,
  Optimizer,
  type Scalar,
  serialization,
  type Tensor,
  tensor1d,
  tidy,
  Variable,
  variable,
} from '@tensorflow/tfjs-core';
import { checkAlpha, checkK, checkKeys, checkVariables, describe } from '../checks.js';
import { fused } from '../fused.js';
import type { NamedTensor } from '../lookahead.js';
import { share } from '../slow-weights.js';
import { innerFromConfig, type LookaheadOptimizerConfig, type SavedConfig } from './config.js';
import { checkInner, optimizerByName, take } from './inner-optimizer.js';
import { checkSlots, goesByPosition, listsItsOwn, readState, rememberState, writeState } from './inner-state.js';
import { KnownVariables } from './known-variables.js';
import { checkPullback, InnerMomentum, type PullbackMomentum } from './momentum.js';
import { type Gradients, inOrder, namesOf, withGradient } from './positions.js';
import { type InnerKind, pack, unpack } from './saved-weights.js';

class LookaheadOptimizer extends Optimizer {
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
  /** What becomes of the inner optimizer's momentum at a merge. */
  readonly pullbackMomentum: PullbackMomentum;
  readonly #momentum: InnerMomentum;
  readonly #known: KnownVariables;
  #k: number;
  #alpha: number;
  #counts: Variable | null = null;
  /** Counts what changes the state, so that a save can tell whether it was overtaken. */
  #changes = 0;
  #isRestoring = false;
  #isDisposed = false;

  /**
   * Lookahead around an optimizer. {@link lookahead} does the same, and also takes a name such as 'adam'.
   *
   * @param inner any `tf.Optimizer`. It belongs to this one from now on: do not step or dispose it on its own.
   * @param config see {@link LookaheadOptimizerConfig}.
   * @throws Error if `inner` is no optimizer, was disposed or belongs to another Lookahead, if the config is out of range
   * or has an unknown key, or if `pullbackMomentum` is not 'none' and the inner optimizer has no momentum.
   * @example
   * const optimizer = new LookaheadOptimizer(tf.train.adam(1e-3), { k: 5, alpha: 0.5 });
   */
  constructor(inner: Optimizer, config: LookaheadOptimizerConfig = {}) {
    super();
    const where = 'lookahead';
    checkInner(where, inner);
    checkKeys(where, config, ['k', 'alpha', 'pullbackMomentum']);
    const { k = 5, alpha = 0.5, pullbackMomentum = 'none' } = config;
    checkK(where, k);
    checkAlpha(where, alpha);
    checkPullback(where, pullbackMomentum, inner);
    take(inner);
    this.inner = fused(inner);
    this.pullbackMomentum = pullbackMomentum;
    this.#k = k;
    this.#alpha = alpha;
    this.#momentum = new InnerMomentum(inner, pullbackMomentum);
    this.#known = new KnownVariables(inner, this.#momentum);
  }

  /** Fast steps from one merge to the next: an integer of at least 1. Assignable. */
  get k(): number {
    return this.#k;
  }

  set k(k: number) {
    checkK('LookaheadOptimizer', k);
    this.#k = k;
  }

  /** How far the slow weights step towards the fast ones at a merge, in [0, 1]. Assignable, so that a schedule is one line. */
  get alpha(): number {
    return this.#alpha;
  }

  set alpha(alpha: number) {
    checkAlpha('LookaheadOptimizer', alpha);
    this.#alpha = alpha;
  }

  /** The inner optimizer's, for callbacks that read or set it. Assignable: a finite number. */
  get learningRate(): number {
    return (this.inner as unknown as { learningRate: number }).learningRate;
  }

  set learningRate(learningRate: number) {
    if (!Number.isFinite(learningRate)) {
      throw new Error(`LookaheadOptimizer: 'learningRate' is ${describe(learningRate)}, but must be a finite number.`);
    }
    const inner = this.inner as unknown as { learningRate: number; setLearningRate?(learningRate: number): void };
    // SGD and Momentum keep a tensor made from the rate, which a mere assignment would leave as it was.
    if (inner.setLearningRate) inner.setLearningRate(learningRate);
    else inner.learningRate = learningRate;
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
    return this.inner.iterations ?? this.#known.weights.step;
  }

  /** The variables that have been stepped so far: the fast weights. */
  get variables(): Variable[] {
    return [...this.#known.weights.fast];
  }

  /** Their slow weights, in the same order. They belong to this optimizer. */
  get slowWeights(): Variable[] {
    return [...this.#known.weights.slow];
  }

  /** Whether {@link dispose} was called. */
  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  /**
   * The inner optimizer's: the value of `f`, and its gradients by the names of the variables.
   *
   * @param f the loss: a function of the variables that returns a scalar.
   * @param varList the variables to differentiate with respect to; by default all trainable ones that `f` uses.
   * @returns the value, and one gradient for each variable. Dispose them when done.
   * @throws Error where {@link applyGradients} would, so that `minimize` loses no gradients.
   */
  override computeGradients(f: () => Scalar, varList?: Variable[]): { value: Scalar; grads: NamedTensorMap } {
    const where = 'LookaheadOptimizer.computeGradients';
    this.#checkReady(where);
    const { value, grads } = this.inner.computeGradients(f, varList);
    try {
      if (!this.#areUsual(grads)) this.#known.plan(where, withGradient(where, grads));
    } catch (error) {
      dispose([value, grads] as never);
      throw error;
    }
    return { value, grads };
  }

  /**
   * One step of the inner optimizer; the merge follows at every k-th. A variable gets its slow weight just before its
   * first step. The list of gradients and its order may change from call to call. Variables that were disposed are
   * forgotten, and new ones take their places.
   *
   * @param variableGradients gradients by the names of their variables, in either form that tfjs takes.
   * @returns what the inner optimizer's returns: nothing, for those of tfjs.
   * @throws Error after {@link dispose}, inside {@link withSlowWeights}, or if a variable with a gradient is unknown or not
   * float32; then nothing has changed.
   */
  applyGradients(variableGradients: Gradients): void {
    const where = 'LookaheadOptimizer.applyGradients';
    this.#checkReady(where);
    const known = this.#known;
    const areUsual = this.#areUsual(variableGradients);
    if (!areUsual) known.carryOut(known.plan(where, withGradient(where, variableGradients)));
    ++this.#changes;
    const isOrdered = areUsual || !goesByPosition(this.inner);
    const result = this.inner.applyGradients(
      isOrdered ? variableGradients : inOrder(variableGradients, known.positions),
    );
    this.#momentum.follow();
    if (known.weights.advance(this.#k, this.#alpha)) this.#momentum.merge(this.#alpha);
    // biome-ignore lint/correctness/noVoidTypeReturn: an optimizer of the user's own may return something
    return result;
  }

  /**
   * Makes variables known before their first step, in the order in which that step will list them. Needed only to use
   * {@link withSlowWeights} right after a model was loaded: `optimizer.add(model.getWeights(true))`.
   *
   * @param variables as for the constructor of {@link Lookahead}; those that are known already are ignored.
   * @throws Error as that constructor does; then nothing has changed.
   */
  add(variables: readonly Tensor[]): void {
    const where = 'LookaheadOptimizer.add';
    this.#checkReady(where);
    checkVariables(where, variables);
    this.#known.carryOut(this.#known.plan(where, [...new Set(variables)]));
  }

  /**
   * Merges now, however many steps the cycle has had, and starts a new one.
   *
   * @throws Error as {@link withSlowWeights} does.
   */
  flush(): void {
    this.#checkMet('LookaheadOptimizer.flush');
    ++this.#changes;
    this.#known.weights.merge(this.#alpha);
    this.#momentum.merge(this.#alpha);
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
    const where = 'LookaheadOptimizer.withSlowWeights';
    this.#checkMet(where);
    return this.#known.weights.use(where, fn);
  }

  /**
   * The whole state: that of the inner optimizer, first and as it gives it, then what it leaves out and a continued run
   * needs (powers of Adam's betas, all of Adamax), the slow weights, the cached momentum, the counters. As with every
   * optimizer of tfjs these are the variables themselves, not copies; do not dispose them.
   *
   * @returns the list, in an order that {@link setWeights} relies on.
   * @throws Error inside {@link withSlowWeights}, or if the inner optimizer cannot be saved.
   */
  override async getWeights(): Promise<NamedTensor[]> {
    const where = 'LookaheadOptimizer.getWeights';
    this.#checkUsable(where);
    const known = this.#known;
    for (;;) {
      known.weights.checkFastAreIn(
        where,
        'Save the optimizer outside of it, or the model alone, without includeOptimizer.',
      );
      known.carryOut(known.plan(where, []));
      const changes = this.#changes;
      const state = await readState(this.inner);
      // A step, or a dispose(), may have come between the call and this.
      if (changes === this.#changes && !this.#isDisposed) {
        const { step, stepsInCycle } = known.weights;
        const saved = { ...state, slow: known.slowByPosition, momentum: this.#momentum.cached, step, stepsInCycle };
        return pack(saved, this.#innerKind, (counts) => this.#countsTensor(counts));
      }
      for (const { tensor } of state.listed) if (!(tensor instanceof Variable)) tensor.dispose();
      this.#checkUsable(where);
    }
  }

  /**
   * Takes over what {@link getWeights} returned, here or in another process: training goes on bit for bit. Await it: until
   * then everything else is refused.
   *
   * The variables are found at the next step, or at {@link add}. By name, if all that are listed there were saved, or all that
   * were saved are listed. By position, if none was saved, since names change when a model is loaded again in the same page;
   * then all that were saved have to be listed, in the same order. Where the first step trains other layers than before, name
   * those that were saved first, with {@link add}.
   *
   * The weights of the bare inner optimizer are taken too: a new cycle then starts, with the slow weights at the variables'
   * values at the next step.
   *
   * @param weights are not disposed, and you may dispose them afterwards.
   * @throws Error if the list is not what `getWeights()` returns for this class of inner optimizer; then nothing has
   * changed. Variables that do not match what was saved, in name or in shape, are an error at the step that lists them.
   */
  override async setWeights(weights: NamedTensor[]): Promise<void> {
    this.#checkReady('LookaheadOptimizer.setWeights');
    this.#isRestoring = true;
    try {
      await this.#restore('LookaheadOptimizer.setWeights', weights);
    } finally {
      this.#isRestoring = false;
    }
  }

  async #restore(where: string, weights: NamedTensor[]): Promise<void> {
    const saved = await unpack(where, weights, this.#innerKind);
    this.#known.checkRestorable(where, saved.slow);

    // Shared, since the list may be this optimizer's own, whose variables are about to change.
    const shared = (list: readonly NamedTensor[]) =>
      list.map(({ name, tensor }) => ({ name, tensor: keep(share(tensor)) }));
    const [leftOut, slow, momentum] = [shared(saved.leftOut), shared(saved.slow), shared(saved.momentum)];
    const before = rememberState(this.inner);
    try {
      await writeState(where, this.inner, { listed: saved.listed, leftOut });
      const shapes = slow.map(({ tensor }) => tensor.shape);
      if (goesByPosition(this.inner)) checkSlots(where, this.inner, shapes);
      this.#momentum.restore(where, momentum);
      before.forget();
    } catch (error) {
      before.putBack();
      throw error;
    } finally {
      dispose([...leftOut, ...momentum].map(({ tensor }) => tensor));
    }
    ++this.#changes;
    this.#known.restore(where, slow, saved.step, saved.stepsInCycle);
    dispose(slow.map(({ tensor }) => tensor));
  }

  /**
   * What `model.save` writes, and {@link fromConfig} takes.
   *
   * @returns `inner` (the class name and the config of the inner optimizer), `k`, `alpha` and `pullbackMomentum`.
   */
  getConfig(): serialization.ConfigDict {
    return {
      inner: { className: this.inner.getClassName(), config: this.inner.getConfig() },
      k: this.#k,
      alpha: this.#alpha,
      pullbackMomentum: this.pullbackMomentum,
    };
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
    // tfjs-layers calls this unbound.
    const { inner: _, customObjects: __, ...ours } = config;
    const inner = innerFromConfig('LookaheadOptimizer.fromConfig', config as unknown as SavedConfig);
    try {
      return new cls(inner, ours);
    } catch (error) {
      inner.dispose();
      throw error;
    }
  }

  /**
   * Disposes the slow weights, the cached momentum and the inner optimizer. A second call does nothing.
   *
   * @throws Error inside {@link withSlowWeights}, or before {@link setWeights} has finished.
   */
  override dispose(): void {
    if (this.#isDisposed) return;
    const where = 'LookaheadOptimizer.dispose';
    this.#checkUsable(where);
    this.#known.weights.checkFastAreIn(where);
    this.#known.dispose();
    this.#momentum.dispose();
    this.#counts?.dispose();
    this.inner.dispose?.();
    this.#isDisposed = true;
  }

  get #innerKind(): InnerKind {
    return { className: this.inner.getClassName?.() ?? '', listsItsOwn: listsItsOwn(this.inner) };
  }

  /** Nearly every step lists the same variables, in the same order. */
  #areUsual(gradients: Gradients): boolean {
    return this.#known.areUsual(namesOf(gradients), engine().registeredVariables);
  }

  #countsTensor(counts: number[]): Tensor {
    tidy(() => {
      const tensor = tensor1d(counts, 'int32');
      if (this.#counts?.size === tensor.size) this.#counts.assign(tensor);
      else {
        this.#counts?.dispose();
        this.#counts = variable(tensor, false);
      }
    });
    return this.#counts as unknown as Tensor;
  }

  #checkUsable(where: string): void {
    if (this.#isDisposed) {
      throw new Error(`${where}: this optimizer was disposed. Make a new one, with lookahead().`);
    }
    if (this.#isRestoring) {
      throw new Error(`${where}: setWeights() has not finished. Await the promise that it returned.`);
    }
  }

  #checkReady(where: string): void {
    this.#checkUsable(where);
    this.#known.weights.checkFastAreIn(where);
  }

  /** Forgets variables that are gone, and sees to it that no restored slow weights wait. */
  #checkMet(where: string): void {
    this.#checkReady(where);
    if (this.#known.areRestoredWaiting) {
      throw new Error(
        `${where}: the restored slow weights wait for their variables, which are known only from the first step. ` +
          'Name them: optimizer.add(model.getWeights(true)).',
      );
    }
    this.#known.carryOut(this.#known.plan(where, []));
  }
}

function register<T>(cls: T): T {
  serialization.registerClass(cls as never);
  return cls;
}

/**
 * Lookahead as a `tf.Optimizer`: it has an inner optimizer, which steps the fast weights, and merges after every k of its
 * steps. {@link lookahead} makes one.
 *
 * @example
 * const optimizer: LookaheadOptimizer = lookahead(tf.train.adam(1e-3), { k: 5, alpha: 0.5 });
 * model.compile({ optimizer, loss: 'meanSquaredError' });
 * await model.fit(x, y);
 * const loss = optimizer.withSlowWeights(() => model.evaluate(x, y));
 */
const Registered = /*#__PURE__*/ register(LookaheadOptimizer); // at import, in a way that leaves nothing in a bundle that does not use it
type Registered = LookaheadOptimizer;

export { Registered as LookaheadOptimizer };

/**
 * Wraps any optimizer of tfjs in Lookahead, for `model.compile` and wherever a `tf.Optimizer` goes.
 *
 * @param inner steps the fast weights: a `tf.Optimizer`, which belongs to the result from now on, or a name that
 * `model.compile` takes, such as 'adam', with the rate that it has there.
 * @param config see {@link LookaheadOptimizerConfig}.
 * @returns the optimizer. It has to be disposed, like any other; the inner one is disposed with it.
 * @throws Error as the constructor of {@link LookaheadOptimizer} does, or if a name is unknown.
 * @example
 * model.compile({ optimizer: lookahead(tf.train.adam(1e-3), { k: 5, alpha: 0.5 }), loss: 'meanSquaredError' });
 */
export function lookahead(inner: Optimizer | string, config: LookaheadOptimizerConfig = {}): LookaheadOptimizer {
  if (typeof inner !== 'string') return new Registered(inner, config);
  const made = optimizerByName('lookahead', inner);
  try {
    return new Registered(made, config);
  } catch (error) {
    made.dispose();
    throw error;
  }
}
