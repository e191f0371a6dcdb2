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
import { heldVariables, isDisposed, momentumSlots, restoreIterations, restoreVariables } from './inner-state.js';
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

/** A variable's place in the order in which the inner optimizer, whose state is positional, is always given gradients. */
interface Place {
  /** Null in a restored state whose variables go by other names now, until one takes the place. */
  name: string | null;
  /** Null in a restored state until the variable is met. */
  variable: Variable | null;
  /** A restored slow weight, until the variable is met. */
  slow: Tensor | null;
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
  #places: Place[] = [];
  /** Whether {@link #places} were restored, and no variable has been met since. */
  #placesAreRestored = false;
  #counts: Variable | null = null;
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
    this.#checkNotDisposed('applyGradients');
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
    this.#checkNotDisposed('add');
    checkVariables('LookaheadOptimizer.add', variables);
    this.#meet(
      'add',
      variables.map(({ name }) => name),
    );
  }

  /** Merges now, wherever in the cycle, and starts a new one. */
  flush(): void {
    this.#checkNotDisposed('flush');
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
    this.#checkNotDisposed('withSlowWeights');
    if (this.#places.some(({ slow }) => slow)) {
      throw new Error(
        'LookaheadOptimizer.withSlowWeights: the restored slow weights wait for their variables, which are known only ' +
          'from the first step. Name them: optimizer.add(model.getWeights(true)).',
      );
    }
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
    this.#checkNotDisposed('getWeights');
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
    const slowOf = new Map(this.variables.map((fast, i) => [fast, slowWeights[i] as Tensor]));
    return pack(
      {
        listed,
        leftOut: heldVariables(inner).filter((held) => !listed.some(({ tensor }) => tensor === held.tensor)),
        slow: this.#places.map(({ name, variable, slow }) => ({
          name: name ?? '',
          tensor: slow ?? (slowOf.get(variable as Variable) as Tensor),
        })),
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
   * Takes over what {@link getWeights} returned, here or in another process: training goes on bit for bit. Variables are
   * matched by name if those of the first step are all known names, and else by position, for names change when a model
   * is loaded again in the same page.
   *
   * The weights of the bare inner optimizer are taken too: a new cycle then starts, the slow weights at the variables'
   * values at the next step.
   *
   * @throws Error if the list is not what `getWeights()` returns for this class of inner optimizer; then nothing has
   * changed. A slow weight of another shape than its variable is found when the two meet, at the next step.
   */
  override async setWeights(weights: NamedTensor[]): Promise<void> {
    const where = 'LookaheadOptimizer.setWeights';
    this.#checkNotDisposed('setWeights');
    this.#lookahead.checkReady(where);
    const saved = await unpack(where, weights, className(this.inner));
    const variables = new Map(this.#places.map(({ name, variable }) => [name, variable]));
    for (const { name, tensor } of saved.slow) {
      const known = variables.get(name);
      checkValue(where, `the slow weight of '${name}'`, tensor, known ?? { shape: tensor.shape, dtype: 'float32' });
    }

    // Copies, for the list may be this optimizer's own, whose variables are about to change.
    const copies = (list: readonly NamedTensor[]) =>
      list.map(({ name, tensor }) => ({ name, tensor: keep(tensor.clone()) }));
    const [leftOut, slow, momentum] = [copies(saved.leftOut), copies(saved.slow), copies(saved.momentum)];
    try {
      if (saved.listsItsOwn) await this.inner.setWeights([...saved.listed]);
      else await restoreIterations(this.inner, saved.listed);
      restoreVariables(this.inner, leftOut);

      const { k, alpha } = this;
      this.#disposeWeights();
      this.#lookahead = new Lookahead(noneYet, { k, alpha });
      tidy(() => {
        const steps = tensor1d([saved.step, saved.stepsInCycle], 'int32');
        this.#lookahead.setWeights([{ name: 'steps', tensor: steps }]);
      });
      this.#places = slow.map(({ name, tensor }) => ({ name, variable: null, slow: keep(tensor.clone()) }));
      this.#placesAreRestored = true;
      this.#meet(
        'setWeights',
        this.#places.flatMap(({ name }) => (name !== null && variables.get(name) ? [name] : [])),
      );
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
    this.#disposeWeights();
    this.#counts?.dispose();
    this.inner.dispose?.();
    this.#disposed = true;
  }

  #disposeWeights(): void {
    this.#lookahead.dispose(); // first: it refuses inside withSlowWeights
    this.#momentum?.dispose();
    for (const { slow } of this.#places) slow?.dispose();
  }

  #checkNotDisposed(method: string): void {
    if (this.#disposed) {
      throw new Error(`LookaheadOptimizer.${method}: this optimizer was disposed. Make a new one, with lookahead().`);
    }
  }

  /** The gradients of all variables, always in the same order: the inner optimizer goes by position, and skips those without a gradient. */
  #inOrder(variableGradients: NamedTensorMap | NamedTensor[]): NamedTensorMap | NamedTensor[] {
    const isList = Array.isArray(variableGradients);
    const names = isList ? variableGradients.map(({ name }) => name) : Object.keys(variableGradients);
    const places = this.#places;
    if (names.length === places.length && places.every(({ name, variable }, i) => variable && name === names[i])) {
      // Nearly every step, and it should cost nothing.
      this.#lookahead.checkReady('LookaheadOptimizer.applyGradients');
      return variableGradients;
    }
    const tensors: (Tensor | null)[] = isList
      ? variableGradients.map(({ tensor }) => tensor)
      : Object.values(variableGradients);
    const gradients = new Map<string | null, Tensor>();
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
    this.#meet('applyGradients', [...gradients.keys()] as string[]);
    return places.map(({ name }) => ({ name: name ?? '', tensor: (gradients.get(name) ?? null) as Tensor }));
  }

  /** Gives a place and a slow weight to each variable of these names that has none. */
  #meet(method: string, names: string[]): void {
    const where = `LookaheadOptimizer.${method}`;
    this.#lookahead.checkReady(where);
    if (names.length === 0) return;
    const placeOf = new Map(this.#places.map((place) => [place.name, place]));
    const byPosition = this.#placesAreRestored && !names.every((name) => placeOf.has(name));
    // Restored names that hold good bring all their variables back, so that a merge misses none.
    const all = this.#placesAreRestored && !byPosition ? this.#places.map(({ name }) => name as string) : names;
    const unmet = all.filter((name) => !placeOf.get(name)?.variable);

    const vacant = this.#places.filter(({ name, variable }) => !variable && (byPosition || name === null));
    const places = unmet.map(
      (name) => (byPosition ? null : placeOf.get(name)) ?? vacant.shift() ?? { name, variable: null, slow: null },
    );
    const registered = engine().registeredVariables;
    const variables = unmet.map((name) => {
      if (!registered[name]) throw new Error(`${where}: there is no variable named '${name}'. Pass gradients by name.`);
      return registered[name];
    });
    checkVariables(where, variables);
    places.forEach(({ slow }, i) => {
      if (slow) checkValue(where, `the restored slow weight of '${unmet[i]}'`, slow, variables[i] as Variable);
    });

    this.#lookahead.add(
      variables,
      places.map(({ slow }, i) => slow ?? (variables[i] as Variable)),
    );
    if (byPosition) for (const place of this.#places) place.name = null;
    places.forEach((place, i) => {
      place.slow?.dispose();
      if (!this.#places.includes(place)) this.#places.push(place);
      Object.assign(place, { name: unmet[i], variable: variables[i], slow: null });
    });
    this.#placesAreRestored = false;
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
