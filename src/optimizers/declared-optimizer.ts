import { engine, Optimizer, scalar, serialization, type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import { checkKeys, checkValue, checkVariable, describe, isAlive } from '../checks.js';
import { type Clipping, checkClipping, clippingKeys, clippingOf, scalesFor, stepClipped, stepScaled } from '../clip.js';
import { declared, declaredMakers } from '../declared.js';
import { type Gradients, tensorsOf } from '../gradients.js';
import type { NamedTensor } from '../named-tensor.js';
import { variablesOf } from '../optimizer/positions.js';
import type { Slot } from '../optimizer-state.js';
import { isOwned } from '../owned-optimizers.js';
import { type Rule, scaled } from '../rules/rule.js';
import { release } from '../share.js';
import { type Scales, update } from '../update.js';
import { composedUpdate } from './composed-update.js';
import type { LionConfig } from './config.js';
import type { Declaration, Settings } from './declaration.js';
import { checkExclude, checkFinite, checkSetting, comparable } from './settings.js';
import { ownerName, SlotsByVariable } from './slots-by-variable.js';

/** What a class is made of. */
interface Origin {
  readonly declaration: Declaration;
  readonly rule: Rule;
  readonly cls: () => serialization.SerializableConstructor<Optimizer>;
}

/**
 * What all optimizers of this package are: a `tf.Optimizer` that knows its state by the variable. So the list of gradients
 * and its order may change from step to step, layers may be frozen and come late, and variables that were disposed are
 * forgotten. A step is one pass over each variable, as that of an optimizer that is {@link fused}.
 *
 * @example
 * const optimizer: DeclaredOptimizer = adamW(1e-3);
 * optimizer.weightDecay = 0.01;
 */
export class DeclaredOptimizer<Config extends LionConfig = LionConfig> extends Optimizer {
  readonly #origin: Origin;
  readonly #settings: Settings;
  readonly #exclude: readonly string[];
  readonly #clipping: Clipping;
  readonly #slots: SlotsByVariable;
  readonly #products = new Map<string, { step: number; value: number }>();
  #learningRate: number;
  #weightDecay: number;
  /** What the variable {@link steps} holds while it has this buffer: the value of one on a GPU cannot be had at once. */
  #known = { dataId: {}, steps: 0 };
  #iterations: Variable | null = null;
  #isDisposed = false;
  /** How many steps the slots have seen, as float32: a property, like the slots, where state is looked for. */
  private readonly steps: Variable;

  /** @internal */
  constructor(origin: Origin, learningRate?: number, config?: Config) {
    super();
    const { className, defaults, slots } = origin.declaration;
    const { learningRate: usualRate, ...usual } = defaults;
    checkKeys(className, config ?? {}, [...Object.keys(usual), 'exclude', ...clippingKeys]);
    const { exclude = [], globalClipNorm, clipNorm, clipValue, ...given } = { ...config } as LionConfig;
    checkClipping(className, config ?? {});
    const settings = { ...usual, ...given } as Record<string, number>;
    if (Number.isNaN(settings.epsilon) && !('epsilon' in given)) settings.epsilon = engine().backend.epsilon();
    const rate = learningRate ?? usualRate;
    checkFinite(className, 'learningRate', rate);
    for (const [name, value] of Object.entries(settings)) checkSetting(className, name, value);
    checkExclude(className, exclude);
    const { weightDecay = 0, ...others } = settings;
    this.#learningRate = rate;
    this.#weightDecay = weightDecay;
    this.#settings = others as Settings;
    this.#exclude = exclude.map(comparable);
    this.#clipping = clippingOf(config ?? {});
    this.#origin = origin;
    this.#slots = new SlotsByVariable(this, Object.values(slots));
    this.steps = tidy(() => scalar(0).variable(false));
    this.#known = { dataId: this.steps.dataId, steps: 0 };
    const properties = Object.values(slots).map(([property]) => property);
    declared.set(this, { rule: origin.rule, cls: origin.cls(), properties });
  }

  /** Of a step. Assignable, for a schedule: a finite number. */
  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(learningRate: number) {
    checkFinite(this.#className, 'learningRate', learningRate);
    this.#learningRate = learningRate;
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

  /** What a step takes of a weight is this, times the learning rate. Assignable, for a schedule: at least 0. */
  get weightDecay(): number {
    return this.#weightDecay;
  }

  set weightDecay(weightDecay: number) {
    checkSetting(this.#className, 'weightDecay', weightDecay);
    this.#weightDecay = weightDecay;
  }

  /** Whether {@link dispose} was called. */
  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  /**
   * One step. A variable gets its state at the first step that lists it.
   *
   * @param variableGradients gradients by the names of their variables, in either form that tfjs takes. One that is null
   * leaves its variable as it is.
   * @throws Error after {@link dispose}, if a variable is unknown or not float32, if a gradient does not fit its variable, or
   * if the memory is full; then nothing has changed.
   */
  applyGradients(variableGradients: Gradients): void {
    const where = `${this.#className}.applyGradients`;
    this.#checkUsable(where);
    const variables = variablesOf(where, variableGradients, true);
    for (const [i, variable] of variables.entries()) {
      checkVariable(where, variable.name, variable);
      const gradient = tensorsOf(variableGradients)[i];
      if (gradient) checkValue(where, `the gradient of '${variable.name}'`, gradient, variable, GRADIENTS);
    }
    const around = scalesFor(this);
    // By a Lookahead around, and then by its own.
    const isClippedTwice = around && Object.keys(this.#clipping).length > 0;
    const clip = (given: Gradients) =>
      stepClipped(this.#clipping, given, true, (clipped, scales) => {
        this.#apply(where, variables, tensorsOf(clipped), scales ?? (isClippedTwice ? undefined : around));
      });
    if (isClippedTwice) stepScaled(variableGradients, around, clip);
    else clip(variableGradients);
  }

  /**
   * The whole state: the iterations, the slots, and how many steps they have seen, from which the powers of the betas follow.
   * As with every optimizer of tfjs these are the variables themselves, not copies; do not dispose them.
   *
   * @returns the list, in an order that {@link setWeights} relies on.
   * @throws Error after {@link dispose}.
   */
  override async getWeights(): Promise<NamedTensor[]> {
    this.#checkUsable(`${this.#className}.getWeights`);
    const iterations = this.#keepIterations();
    const slots = this.#slots.all.map(({ originalName: name, variable }) => ({ name, tensor: variable as Tensor }));
    return [{ name: 'iter', tensor: iterations }, ...slots, { name: 'steps', tensor: this.steps as Tensor }];
  }

  /**
   * Takes over what {@link getWeights} returned, here or in another process: training goes on bit for bit. The variables are
   * found at the next step: by name, but for the number that tfjs appends when a model is loaded again, or else by position.
   *
   * @param weights are not disposed, and you may dispose them afterwards.
   * @throws Error after {@link dispose}, or if the list is not what `getWeights()` returns for this class; then nothing has
   * changed.
   */
  override async setWeights(weights: NamedTensor[]): Promise<void> {
    const where = `${this.#className}.setWeights`;
    this.#checkUsable(where);
    const kinds = Object.keys(this.#origin.declaration.slots).length;
    // A Lookahead around lists the steps apart.
    const { iterations, slots, steps } = unpack(where, weights, kinds, isOwned(this) ? this.steps : undefined);
    const [[iterationCount = 0], [stepCount = 0]] = await Promise.all([iterations.data(), steps.data()]);
    const before = this.#slots.all;
    this.#slots.restore(slots);
    // A Lookahead around disposes them, once it cannot go back any more.
    if (!isOwned(this)) for (const { variable } of before) release(variable);
    this.iterations_ = iterationCount;
    this.#setSteps(stepCount);
  }

  /**
   * What `model.save` writes, and {@link fromConfig} takes.
   *
   * @returns all settings.
   */
  getConfig(): serialization.ConfigDict {
    const { learningRate, weightDecay } = this;
    const clipping = this.#clipping as serialization.ConfigDict;
    return { learningRate, ...this.#settings, weightDecay, exclude: [...this.#exclude], ...clipping };
  }

  /**
   * Makes an optimizer from a config. `tf.loadLayersModel` calls it.
   *
   * @nocollapse
   * @param cls the class to make: this one, or one that extends it.
   * @param config what {@link getConfig} returned.
   * @returns the optimizer, without a state: give it that with {@link setWeights}.
   * @throws Error if a setting is out of range or unknown.
   */
  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    const { learningRate, customObjects, ...settings } = config; // tfjs-layers adds `customObjects`
    return new cls(learningRate, settings);
  }

  /**
   * Disposes the state. A second call does nothing.
   */
  override dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#slots.keep(() => false);
    release(this.steps);
    if (this.#iterations) release(this.#iterations);
  }

  get #className(): string {
    return this.#origin.declaration.className;
  }

  #checkUsable(where: string): void {
    if (this.#isDisposed) throw new Error(`${where}: this optimizer was disposed. Make a new one.`);
  }

  #step(
    weights: readonly Variable[],
    slots: readonly Slot[][],
    gradients: readonly Tensor[],
    scales: Scales | undefined,
  ): void {
    const { declaration, rule } = this.#origin;
    const kinds = Object.keys(declaration.slots);
    const states = weights.map((weight, i) =>
      rule.states.map((state) => (slots[i]?.[kinds.indexOf(state)]?.variable ?? weight) as Variable),
    );
    const step = this.#stepsBefore + 1;
    const scalars: Record<string, number> = {
      ...declaration.scalars(this.#settings, step, (name, factor) => this.#product(step, name, factor)),
      negatedLearningRate: -this.#learningRate,
    };
    const names = rule.scalars.slice(0, -1); // the last is the scale of the gradient
    const inOrder = (decay: number) => names.map((name) => (name === 'decay' ? decay : (scalars[name] as number)));
    // Taking away -0 leaves every finite weight as it is, -0 too. And 1 - decay as one factor would be a rough float32.
    const [decaying, others] = [inOrder(this.#learningRate * this.#weightDecay || -0), inOrder(-0)];
    const scalarsOf = (i: number) => (this.#isExcluded(weights[i] as Variable) ? others : decaying);
    const counters = [{ variable: this.steps, op: 'set' as const, by: step }];
    if (update(rule, scalarsOf, states, gradients, { counters, scales })) {
      this.#known = { dataId: this.steps.dataId, steps: step };
      return;
    }
    for (const [i, each] of states.entries()) {
      composedUpdate(rule, [...scalarsOf(i), scales?.(i) ?? 1], each, gradients[i] as Tensor);
    }
    this.#setSteps(step);
  }

  #apply(
    where: string,
    variables: readonly Variable[],
    gradients: readonly (Tensor | null | undefined)[],
    scales: Scales | undefined,
  ): void {
    const made = new Set<Slot>();
    try {
      const slots = this.#slots.of(where, variables, made);
      const stepped = [...variables.keys()].filter((i) => gradients[i]);
      this.#step(
        stepped.map((i) => variables[i] as Variable),
        stepped.map((i) => slots[i] as Slot[]),
        stepped.map((i) => gradients[i] as Tensor),
        scales && ((i) => scales(stepped[i] as number)),
      );
    } catch (error) {
      // A slot that was made in a full memory has no place there, and would never get one.
      if (made.size > 0) this.#slots.keep((slot) => !made.has(slot));
      throw error;
    }
    this.incrementIterations();
  }

  get #stepsBefore(): number {
    const { dataId } = this.steps;
    if (this.#known.dataId !== dataId) this.#known = { dataId, steps: this.steps.dataSync()[0] as number };
    return this.#known.steps;
  }

  #setSteps(steps: number): void {
    tidy(() => this.steps.assign(scalar(steps)));
    this.#known = { dataId: this.steps.dataId, steps };
  }

  #product(step: number, name: string, factor: (step: number) => number): number {
    let { step: last, value } = this.#products.get(name) ?? { step: 0, value: 1 };
    if (last > step) [last, value] = [0, 1];
    while (last < step && value !== 0) value = Math.fround(value * Math.fround(factor(++last)));
    this.#products.set(name, { step: Math.max(last, value === 0 ? step : 0), value });
    return value;
  }

  #isExcluded({ name }: Variable): boolean {
    if (this.#exclude.length === 0) return false;
    const compared = comparable(name);
    return this.#exclude.some((part) => compared.includes(part));
  }

  /** In a variable of this optimizer's, as all else in the list is: nobody disposes a saved list. */
  #keepIterations(): Tensor {
    return tidy(() => {
      const value = scalar(this.iterations, 'int32');
      if (this.#iterations && isAlive(this.#iterations)) this.#iterations.assign(value);
      else this.#iterations = value.variable(false);
      return this.#iterations as Tensor;
    });
  }
}

const GRADIENTS = 'Pass gradients as computeGradients() returns them.';

/**
 * @param kinds how many slots each variable has.
 * @param usualSteps for a list that has none.
 */
function unpack(where: string, weights: readonly NamedTensor[], kinds: number, usualSteps?: Tensor | Variable) {
  const remedy = 'Pass what getWeights() returned, of an optimizer of this class.';
  const hasSteps = !usualSteps || weights.at(-1)?.name === 'steps';
  const count = (Array.isArray(weights) ? weights.length : 0) - (hasSteps ? 2 : 1);
  const each = count / Math.max(kinds, 1);
  if (count < 0 || !Number.isInteger(each) || (kinds === 0 && count > 0)) {
    throw new Error(
      `${where}: 'weights' is ${describe(weights)}, but must be a list of the iterations, ${kinds} slots for each variable, ` +
        `and the steps. ${remedy}`,
    );
  }
  const tensorAt = (at: number, name: string, dtype: 'int32' | 'float32') => {
    const { name: itsName, tensor } = (weights.at(at) ?? {}) as Partial<NamedTensor>;
    if (itsName !== name) throw new Error(`${where}: '${itsName}' stands where '${name}' must. ${remedy}`);
    checkValue(where, name, tensor, { shape: [], dtype }, remedy);
    return tensor;
  };
  const iterations = tensorAt(0, 'iter', 'int32');
  const steps = hasSteps ? tensorAt(-1, 'steps', 'float32') : (usualSteps as Tensor);
  const slots = Array.from({ length: kinds }, (_, kind) => weights.slice(1 + kind * each, 1 + (kind + 1) * each));
  for (const list of slots) {
    for (const [i, weight] of list.entries()) {
      const { name, tensor } = (weight ?? {}) as Partial<NamedTensor>;
      const first = slots[0]?.[i] as NamedTensor;
      if (typeof name !== 'string') throw new Error(`${where}: the name of a slot is ${describe(name)}. ${remedy}`);
      checkValue(where, name, tensor, { shape: first.tensor?.shape ?? [], dtype: 'float32' }, remedy);
      if (ownerName({ originalName: name }) !== ownerName({ originalName: first.name })) {
        throw new Error(
          `${where}: '${name}' stands where a slot of '${ownerName({ originalName: first.name })}' must. ${remedy}`,
        );
      }
    }
  }
  return { iterations, slots, steps };
}

/** The class of an optimizer of this package. */
export type DeclaredClass<Config extends LionConfig> = {
  /** The name that a saved model has for it. */
  readonly className: string;
  /** @internal */
  readonly rule: Rule;
  /** What its optimizers have in common. */
  readonly prototype: DeclaredOptimizer<Config>;
  /** Makes an optimizer, as the function of its name does. */
  new (learningRate?: number, config?: Config): DeclaredOptimizer<Config>;
  /** Makes an optimizer from what its `getConfig()` returned. */
  fromConfig: typeof DeclaredOptimizer.fromConfig;
};

/** Makes the class of a declaration, and registers it: marked as pure, so that it leaves nothing in a bundle that does not use it. */
export function define<Config extends LionConfig>(declaration: Declaration): DeclaredClass<Config> {
  const { className, formula, modules } = declaration;
  const [states, expressions] = [Object.keys(formula), Object.values(formula)];
  const names = expressions.join(' ').match(/[a-z]\w*/gi) ?? [];
  const others = [...states, 'gradient', 'sqrt', 'abs'];
  const scalars = [...new Set(names)].filter((name) => !others.includes(name));
  const name = className.toLowerCase();
  const rule = scaled({ name, states, input: 'gradient', scalars, modules, expressions });
  const { [className]: cls } = {
    [className]: class extends DeclaredOptimizer<Config> {
      static readonly rule = rule;

      static get className(): string {
        return className;
      }

      constructor(learningRate?: number, config?: Config) {
        super({ declaration, rule, cls: () => cls as never }, learningRate, config);
      }
    },
  };
  serialization.registerClass(cls as never);
  declaredMakers.set(name, () => new (cls as DeclaredClass<Config>)());
  return cls as DeclaredClass<Config>;
}
