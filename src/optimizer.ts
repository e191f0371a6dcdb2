import {
  engine,
  keep,
  type NamedTensorMap,
  Optimizer,
  type Scalar,
  serialization,
  type Tensor,
  tensor1d,
  tidy,
  type Variable,
  variable,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { checkKeys, checkValue, checkVariables, describe } from './checks.js';
import {
  heldVariables,
  isDisposed,
  momentumSlots,
  restoreIterations,
  restoreListed,
  restoreVariables,
} from './inner-state.js';
import { Lookahead, type LookaheadConfig, type NamedTensor, noneYet } from './lookahead.js';
import { pack, unpack } from './saved-weights.js';

const pullbacks = ['none', 'reset', 'pullback'] as const;

/** What becomes of the inner optimizer's momentum at a merge; see {@link LookaheadOptimizerConfig}. */
export type PullbackMomentum = (typeof pullbacks)[number];

export interface LookaheadOptimizerConfig extends LookaheadConfig {
  /**
   * What becomes of the inner optimizer's momentum at a merge (the authors' name and meaning). Default 'none'.
   *
   * - 'none': it is kept.
   * - 'reset': it is set back to zero, its initial state.
   * - 'pullback': it is merged as the weights are, `m = cached + alpha * (m - cached)`, where `cached` is its value after
   *   the last merge, zero before the first.
   *
   * The momentum is the accumulation of Momentum, the first moment of Adam and Adamax (the second moment and the infinity
   * norm are kept), and the accumulated moments of an RMSProp with a momentum. The bias correction of Adam and Adamax goes
   * on counting: after a reset late in training their first steps are short, for m restarts at zero uncorrected.
   */
  pullbackMomentum?: PullbackMomentum;
}

/**
 * Lookahead as a `tf.Optimizer`: *has* an inner optimizer, which steps the fast weights, and *has* a {@link Lookahead},
 * which merges after every k of its steps. Made by {@link lookahead}.
 */
class LookaheadOptimizer extends Optimizer {
  /** @nocollapse */
  static get className(): string {
    return 'Lookahead'; // a getter, for a property would keep the class from being tree-shaken
  }

  /** The optimizer that steps the fast weights. */
  readonly inner: Optimizer;
  readonly pullbackMomentum: PullbackMomentum;
  #lookahead: Lookahead;
  /** The momentum as fast weights, their values after the last merge as slow ones: the same equations, the same kernel. */
  #momentum: Lookahead | null = null;
  /** Restored slow weights, until their variables are met: all at once, as the first that are. */
  #waiting: NamedTensor[] = [];
  #counts: Variable | null = null;
  #isRestoring = false;
  #disposed = false;

  /**
   * @param inner any `tf.Optimizer`. It belongs to this one from now on: do not step or dispose it on its own.
   * @throws Error if `inner` is no optimizer or was disposed, if the config is out of range or has an unknown key, or if
   * `pullbackMomentum` is not 'none' and the inner optimizer has no momentum.
   */
  constructor(inner: Optimizer, config: LookaheadOptimizerConfig = {}) {
    super();
    const where = 'lookahead';
    if (inner == null || !(inner instanceof Optimizer)) {
      throw new Error(`${where}: 'inner' is ${describe(inner)}, but must be a tf.Optimizer, such as tf.train.adam().`);
    }
    if (isDisposed(inner)) throw new Error(`${where}: 'inner' was disposed. Pass an optimizer that is still alive.`);
    checkKeys(where, config, ['k', 'alpha', 'pullbackMomentum']);
    const { pullbackMomentum = 'none', ...rest } = config;
    if (!pullbacks.includes(pullbackMomentum)) {
      throw new Error(
        `${where}: 'pullbackMomentum' is ${describe(pullbackMomentum)}, but must be 'none', 'reset' or 'pullback'.`,
      );
    }
    if (pullbackMomentum !== 'none' && !momentumSlots(inner)) {
      throw new Error(
        `${where}: 'pullbackMomentum' is '${pullbackMomentum}', but the inner optimizer has no momentum. ` +
          "Use 'none', or one that has: Momentum, Adam, Adamax, or RMSProp with a momentum above 0.",
      );
    }
    this.#lookahead = new Lookahead(noneYet, rest);
    if (pullbackMomentum === 'pullback') this.#momentum = new Lookahead(noneYet);
    this.inner = inner;
    this.pullbackMomentum = pullbackMomentum;
  }

  /** Fast steps from one merge to the next. Assignable. */
  get k(): number {
    return this.#lookahead.k;
  }

  set k(k: number) {
    this.#lookahead.k = k;
  }

  /** How far the slow weights step towards the fast ones at a merge. Assignable, so that a schedule is one line. */
  get alpha(): number {
    return this.#lookahead.alpha;
  }

  set alpha(alpha: number) {
    this.#lookahead.alpha = alpha;
  }

  /** The inner optimizer's, for callbacks that read or set it. */
  get learningRate(): number {
    return (this.inner as unknown as { learningRate: number }).learningRate;
  }

  set learningRate(learningRate: number) {
    if (!Number.isFinite(learningRate)) {
      throw new Error(`lookahead: 'learningRate' is ${describe(learningRate)}, but must be a finite number.`);
    }
    const inner = this.inner as unknown as { learningRate: number; setLearningRate?(learningRate: number): void };
    // SGD and Momentum keep a tensor made from the rate, which a mere assignment would leave as it was.
    if (inner.setLearningRate) inner.setLearningRate(learningRate);
    else inner.learningRate = learningRate;
  }

  /** The same as assigning {@link learningRate}: SGD and Momentum have it. */
  setLearningRate(learningRate: number): void {
    this.learningRate = learningRate;
  }

  /** Steps of the inner optimizer. */
  override get iterations(): number {
    return this.inner.iterations ?? this.#lookahead.step;
  }

  /** The variables that have been stepped so far: the fast weights. */
  get variables(): Variable[] {
    return this.#lookahead.variables;
  }

  /** Their slow weights, in the same order. They belong to this optimizer. */
  get slowWeights(): Variable[] {
    return this.#lookahead.slowWeights;
  }

  /** Whether {@link dispose} was called. */
  get isDisposed(): boolean {
    return this.#disposed;
  }

  override computeGradients(f: () => Scalar, varList?: Variable[]): { value: Scalar; grads: NamedTensorMap } {
    // Now, for `minimize` would lose the gradients if only applyGradients refused.
    this.#checkUsable('computeGradients');
    this.#lookahead.checkFastIsIn('LookaheadOptimizer.computeGradients');
    return this.inner.computeGradients(f, varList);
  }

  /**
   * One step of the inner optimizer; every k-th time the merge follows. A variable gets its slow weight just before its
   * first step. The members and the order of the gradients may change from call to call.
   *
   * @throws Error after {@link dispose}, inside {@link withSlowWeights}, or if a variable with a gradient is unknown, not
   * float32, listed twice, or was disposed; then nothing has changed.
   */
  applyGradients(variableGradients: NamedTensorMap | NamedTensor[]): void {
    this.#checkReady('applyGradients');
    this.inner.applyGradients(this.#inOrder(variableGradients));
    this.#followMomentum();
    if (this.#lookahead.advance()) this.#mergeMomentum();
  }

  /**
   * Makes variables known before their first step, in the order in which it will list them. Needed only to use
   * {@link withSlowWeights} right after a model was loaded: `optimizer.add(model.getWeights(true))`.
   *
   * @throws Error as the constructor of {@link Lookahead} does; then nothing has changed.
   */
  add(variables: readonly Tensor[]): void {
    this.#checkReady('add');
    checkVariables('LookaheadOptimizer.add', variables);
    this.#meet(
      'add',
      variables.map(({ name }) => name),
    );
  }

  /**
   * Merges now, wherever in the cycle, and starts a new one.
   *
   * @throws Error as {@link withSlowWeights} does.
   */
  flush(): void {
    this.#checkMet('flush');
    this.#lookahead.flush();
    this.#mergeMomentum();
  }

  /**
   * Runs `fn`, sync or async, with the slow weights in the variables, and puts the fast ones back whatever happens:
   *
   *     const result = optimizer.withSlowWeights(() => model.evaluate(x, y));
   *
   * @returns what `fn` returns.
   * @throws Error if restored slow weights wait for variables that are not known yet; and as {@link Lookahead} does.
   */
  withSlowWeights<T>(fn: () => T): T {
    this.#checkMet('withSlowWeights');
    return this.#lookahead.withSlowWeights(fn);
  }

  /**
   * The whole state: that of the inner optimizer, first and as it gives it, then what it leaves out and a continued run
   * needs (powers of Adam's betas, all of Adamax), the slow weights, the cached momentum, the counters. As with every
   * optimizer of tfjs these are the variables themselves, not copies; do not dispose them.
   *
   * @throws Error if the inner optimizer cannot be saved.
   */
  override async getWeights(): Promise<NamedTensor[]> {
    this.#checkUsable('getWeights');
    const { inner } = this;
    let listed: NamedTensor[];
    let listsItsOwn = true;
    try {
      listed = await inner.getWeights();
    } catch (error) {
      // Adamax has nothing implemented; but it keeps its state where that of the others is.
      if (heldVariables(inner).length === 0) throw error;
      listed = [await inner.saveIterations()];
      listsItsOwn = false;
    }
    const { step, stepsInCycle, slowWeights } = this.#lookahead;
    return pack(
      {
        listed,
        leftOut: heldVariables(inner).filter((held) => !listed.some(({ tensor }) => tensor === held.tensor)),
        slow: [...this.#waiting, ...this.variables.map(({ name }, i) => ({ name, tensor: slowWeights[i] as Tensor }))],
        momentum: (this.#momentum?.slowWeights ?? []).map((tensor, i) => ({ name: `${i}`, tensor: tensor as Tensor })),
        step,
        stepsInCycle,
        listsItsOwn,
      },
      className(inner),
      (counts) => {
        tidy(() => {
          const tensor = tensor1d(counts, 'int32');
          if (this.#counts) this.#counts.assign(tensor);
          else this.#counts = variable(tensor, false);
        });
        return this.#counts as unknown as Tensor;
      },
    );
  }

  /**
   * Takes over what {@link getWeights} returned, here or in another process: training goes on bit for bit. Await it: until
   * then everything else is refused.
   *
   * The variables are found at the next step, or at {@link add}. By name, if all that are listed there were saved, or all that
   * were saved are listed. By position, if none was saved, for names change when a model is loaded again in the same page; then
   * all that were saved have to be listed, in the same order. Where the first step trains other layers than before, name those
   * that were saved first, with {@link add}.
   *
   * The weights of the bare inner optimizer are taken too, and checked as far as its own setWeights does: a new cycle then
   * starts, the slow weights at the variables' values at the next step.
   *
   * @throws Error if the list is not what `getWeights()` returns for this class of inner optimizer; then nothing has
   * changed. That variables do not match what was saved, in name or in shape, is found when they meet.
   */
  override async setWeights(weights: NamedTensor[]): Promise<void> {
    this.#checkReady('setWeights');
    this.#isRestoring = true;
    try {
      await this.#restore(weights);
    } finally {
      this.#isRestoring = false;
    }
  }

  async #restore(weights: NamedTensor[]): Promise<void> {
    const where = 'LookaheadOptimizer.setWeights';
    const saved = await unpack(where, weights, className(this.inner));
    const variables = new Map(this.variables.map((variable) => [variable.name, variable]));
    const areKnown = saved.slow.every(({ name }) => variables.has(name));
    for (const { name, tensor } of saved.slow) {
      const expected = areKnown
        ? (variables.get(name) as Variable)
        : { shape: tensor.shape, dtype: 'float32' as const };
      checkValue(where, `the slow weight of '${name}'`, tensor, expected);
    }

    // Copies, for the list may be this optimizer's own, whose variables are about to change.
    const copies = (list: readonly NamedTensor[]) =>
      list.map(({ name, tensor }) => ({ name, tensor: keep(tensor.clone()) }));
    const [leftOut, slow, momentum] = [copies(saved.leftOut), copies(saved.slow), copies(saved.momentum)];
    try {
      await (saved.listsItsOwn ? restoreListed : restoreIterations)(this.inner, saved.listed);
      restoreVariables(this.inner, leftOut, !saved.listsItsOwn);

      const { k, alpha } = this;
      this.#disposeWeights();
      this.#lookahead = new Lookahead(noneYet, { k, alpha });
      tidy(() => {
        const steps = tensor1d([saved.step, saved.stepsInCycle], 'int32');
        this.#lookahead.setWeights([{ name: 'steps', tensor: steps }]);
      });
      this.#waiting = slow.splice(0);
      if (areKnown) {
        this.#meet(
          'setWeights',
          saved.slow.map(({ name }) => name),
        );
      }
      if (this.#momentum) {
        const slots = momentumSlots(this.inner) ?? [];
        this.#momentum = new Lookahead(noneYet);
        this.#momentum.add(
          slots.map(({ variable }) => variable),
          momentum.length > 0 ? momentum.map(({ tensor }) => tensor) : undefined,
        );
      }
    } finally {
      for (const { tensor } of [...leftOut, ...slow, ...momentum]) tensor.dispose();
    }
  }

  getConfig(): serialization.ConfigDict {
    return {
      inner: { className: this.inner.getClassName(), config: this.inner.getConfig() },
      k: this.k,
      alpha: this.alpha,
      pullbackMomentum: this.pullbackMomentum,
    };
  }

  /** @nocollapse */
  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    // `customObjects` is what tfjs-layers adds when it loads a model; it calls this unbound.
    const { inner, k, alpha, pullbackMomentum, customObjects = {} } = config as unknown as SavedConfig;
    const entry =
      customObjects[inner.className] ?? serialization.SerializationMap.getMap().classNameMap[inner.className];
    if (!entry) {
      throw new Error(
        `LookaheadOptimizer.fromConfig: the class of the inner optimizer, '${inner.className}', is unknown. ` +
          'Register it with tf.serialization.registerClass() before loading.',
      );
    }
    const [innerClass, fromConfig] = entry;
    return new cls(fromConfig(innerClass, { ...inner.config, customObjects: customObjects as never }), {
      k,
      alpha,
      pullbackMomentum,
    });
  }

  /** Disposes the slow weights, the cached momentum and the inner optimizer. A second call does nothing. */
  override dispose(): void {
    if (this.#disposed) return;
    this.#checkUsable('dispose');
    this.#disposeWeights();
    this.#counts?.dispose();
    this.inner.dispose?.();
    this.#disposed = true;
  }

  #disposeWeights(): void {
    this.#lookahead.dispose(); // first: it refuses inside withSlowWeights
    this.#momentum?.dispose();
    for (const { tensor } of this.#waiting) tensor.dispose();
  }

  #checkMet(method: string): void {
    this.#checkReady(method);
    if (this.#waiting.length > 0) {
      throw new Error(
        `LookaheadOptimizer.${method}: the restored slow weights wait for their variables, which are known only ` +
          'from the first step. Name them: optimizer.add(model.getWeights(true)).',
      );
    }
  }

  #checkUsable(method: string): void {
    if (this.#disposed) {
      throw new Error(`LookaheadOptimizer.${method}: this optimizer was disposed. Make a new one, with lookahead().`);
    }
    if (this.#isRestoring) {
      throw new Error(
        `LookaheadOptimizer.${method}: setWeights() has not finished. Await the promise that it returned.`,
      );
    }
  }

  #checkReady(method: string): void {
    this.#checkUsable(method);
    this.#lookahead.checkReady(`LookaheadOptimizer.${method}`);
  }

  /** The gradients of all variables, always in the same order: the inner optimizer goes by position, and skips those without a gradient. */
  #inOrder(variableGradients: NamedTensorMap | NamedTensor[]): NamedTensorMap | NamedTensor[] {
    const isList = Array.isArray(variableGradients);
    const names = isList ? variableGradients.map(({ name }) => name) : Object.keys(variableGradients);
    const { variables } = this;
    const isUsual = names.length === variables.length && variables.every(({ name }, i) => name === names[i]);
    if (isUsual) return variableGradients; // nearly every step, and it should cost nothing
    const tensors: (Tensor | null)[] = isList
      ? variableGradients.map(({ tensor }) => tensor)
      : Object.values(variableGradients);
    const gradients = new Map<string, Tensor>();
    names.forEach((name, i) => {
      const gradient = tensors[i];
      if (!gradient) return;
      if (gradients.has(name)) {
        throw new Error(
          `LookaheadOptimizer.applyGradients: '${name}' is listed twice. Add its gradients, list it once.`,
        );
      }
      gradients.set(name, gradient);
    });
    this.#meet('applyGradients', [...gradients.keys()]);
    return this.variables.map(({ name }) => ({ name, tensor: (gradients.get(name) ?? null) as Tensor }));
  }

  /** Gives a slow weight to each variable of these names that has none: a restored one, if some wait. */
  #meet(method: string, names: string[]): void {
    if (names.length === 0) return;
    const where = `LookaheadOptimizer.${method}`;
    const waiting = this.#waiting;
    const met = new Set(this.variables.map(({ name }) => name));
    const saved = waiting.map(({ name }) => name);
    const unmet = saved.length > 0 ? match(where, saved, names) : names.filter((name) => !met.has(name));
    const registered = engine().registeredVariables;
    const variables = unmet.map((name) => {
      if (!registered[name]) throw new Error(`${where}: there is no variable named '${name}'. Pass gradients by name.`);
      return registered[name];
    });
    checkVariables(where, variables);
    const slow = variables.map((variable, i) => {
      const { tensor } = waiting[i] ?? { tensor: variable };
      checkValue(where, `the restored slow weight of '${variable.name}'`, tensor, variable);
      return tensor;
    });
    this.#lookahead.add(variables, slow);
    for (const { tensor } of waiting.splice(0)) tensor.dispose();
  }

  /** The inner optimizer makes a slot at the first step of its variable; its initial state, zero, is what is cached. */
  #followMomentum(): void {
    if (!this.#momentum) return;
    const slots = momentumSlots(this.inner) ?? [];
    const fresh = slots.slice(this.#momentum.variables.length).map(({ variable }) => variable);
    if (fresh.length > 0)
      tidy(() =>
        this.#momentum?.add(
          fresh,
          fresh.map((momentum) => zerosLike(momentum)),
        ),
      );
  }

  #mergeMomentum(): void {
    if (this.#momentum) {
      this.#momentum.alpha = this.alpha;
      this.#momentum.flush();
    } else if (this.pullbackMomentum === 'reset') {
      tidy(() => {
        for (const { variable } of momentumSlots(this.inner) ?? []) variable.assign(zerosLike(variable));
      });
    }
  }
}

interface SavedConfig extends Required<LookaheadOptimizerConfig> {
  inner: { className: string; config: serialization.ConfigDict };
  customObjects?: typeof serialization.SerializationMap.prototype.classNameMap;
}

/** @returns the names of the variables that take what was saved, in its order, and then of those that are new. */
function match(where: string, saved: string[], names: string[]): string[] {
  const stranger = names.find((name) => !saved.includes(name));
  const missing = saved.find((name) => !names.includes(name));
  // What comes back by name comes back whole, so that a merge misses none.
  if (!stranger || !missing) return [...new Set([...saved, ...names])];
  if (names.length >= saved.length && !names.some((name) => saved.includes(name))) return names;
  throw new Error(
    `${where}: '${stranger}' was not saved, and '${missing}', which was, is not listed, so they cannot be matched. ` +
      `Name the ${saved.length} that were saved first, in their order: optimizer.add(variables).`,
  );
}

const className = (inner: Optimizer): string => inner.getClassName?.() ?? '';

function register<T>(cls: T): T {
  serialization.registerClass(cls as never);
  return cls;
}

/** Registered for `tf.loadLayersModel` at import, in a way that leaves nothing in a bundle that does not use it. */
const Registered = /*#__PURE__*/ register(LookaheadOptimizer);
type Registered = LookaheadOptimizer;

export { Registered as LookaheadOptimizer };

/**
 * Wraps any optimizer of tfjs in Lookahead, for `model.compile` and wherever a `tf.Optimizer` goes:
 *
 *     model.compile({ optimizer: lookahead(tf.train.adam(1e-3), { k: 5, alpha: 0.5 }), loss: 'meanSquaredError' });
 *
 * @param inner steps the fast weights; it belongs to the result from now on.
 * @throws Error as the constructor of {@link LookaheadOptimizer} does.
 */
export function lookahead(inner: Optimizer, config: LookaheadOptimizerConfig = {}): LookaheadOptimizer {
  return new Registered(inner, config);
}
