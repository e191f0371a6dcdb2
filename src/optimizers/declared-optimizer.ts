import { engine, Optimizer, scalar, serialization, type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import { checkSavedConfig, checkValue, checkVariable, isAlive, isCount } from '../base/checks.js';
import { at, atAsync, mistake, refuse } from '../base/errors.js';
import { checkGradients, type Gradients, tensorsOf } from '../base/gradients.js';
import type { NamedTensor } from '../base/named-tensor.js';
import { checkSetting, comparable, readTable } from '../base/settings-table.js';
import { release } from '../base/share.js';
import { type Clipping, checkClipping, clippingOf, type Scales, scalesFor, stepClipped, stepScaled } from '../clip.js';
import { checkEntries, entriesOf, writeEntries } from '../state/entries.js';
import { isOwned } from '../state/life.js';
import { declared, declaredMakers, type OptimizerClass } from '../state/own-optimizers.js';
import { variablesOf } from '../state/positions.js';
import type { Slot } from '../state/slots.js';
import type { Runner } from '../update/backends/backend.js';
import { type Rule, scaled } from '../update/rules/rule.js';
import { activeRunner, counting, isOnGPU, update } from '../update/update.js';
import { composedUpdate } from './composed-update.js';
import type { LionConfig } from './config.js';
import type { Declaration } from './declaration.js';
import { numberSetting, type Settings, tableOf } from './settings.js';
import { isOfAlive, type Kind, SlotsByVariable } from './slots-by-variable.js';

/** The parts of which a class is made. */
interface Origin {
  readonly declaration: Declaration;
  readonly rule: Rule;
  readonly cls: () => OptimizerClass;
}

/**
 * The class behind all optimizers of this package: a `tf.Optimizer` that knows its state by the variable. So the list of gradients
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
  /** By the buffer of {@link steps}, its value: one on a GPU cannot be read at once. */
  readonly #stepsIn = new WeakMap<object, number>();
  #iterations: Variable | null = null;
  /** How many steps the slots have seen, as float32: a property, like the slots, where state is looked for. */
  private readonly steps: Variable;

  /** @internal */
  constructor(
    origin: Origin,
    learningRate: number = origin.declaration.defaults.learningRate as number,
    config?: Config,
  ) {
    super();
    const { className, defaults, slots } = origin.declaration;
    this.#settings = at(className, () => {
      checkNumber('learningRate', learningRate);
      const settings = readTable<Settings>(tableOf(defaults), config ?? {});
      checkClipping(settings);
      return { ...settings, ...(Number.isNaN(settings.epsilon) && { epsilon: engine().backend.epsilon() }) };
    });
    this.#learningRate = learningRate;
    this.#clipping = clippingOf(this.#settings);
    this.#exclude = this.#settings.exclude.map(comparable);
    this.#origin = origin;
    const kinds = Object.values(slots);
    this.#slots = new SlotsByVariable(this, kinds);
    this.steps = tidy(() => scalar(0).variable(false));
    this.#setSteps(0);
    const [[property]] = kinds as [Kind];
    declared.set(this, { rule: origin.rule, cls: origin.cls(), property });
  }

  /** The rate of a step. Assignable, for a schedule: a finite number. */
  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(learningRate: number) {
    at(this.#className, () => checkNumber('learningRate', learningRate));
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

  /** The weight decay: a step takes this, times the learning rate, of each weight away. Assignable: at least 0. */
  get weightDecay(): number {
    return this.#settings.weightDecay;
  }

  set weightDecay(weightDecay: number) {
    at(this.#className, () => checkNumber('weightDecay', weightDecay));
    this.#settings.weightDecay = weightDecay;
  }

  /** Whether {@link dispose} was called, or `tf.disposeVariables()`. */
  get isDisposed(): boolean {
    return !isAlive(this.steps);
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
    at(`${this.#className}.applyGradients`, () => {
      this.#checkUsable();
      checkGradients(variableGradients);
      const variables = variablesOf(variableGradients, true);
      const gradients = tensorsOf(variableGradients);
      for (const [i, variable] of variables.entries()) {
        checkVariable(variable.name, variable);
        const gradient = gradients[i];
        if (gradient) checkValue(`the gradient of '${variable.name}'`, gradient, variable, GRADIENTS);
      }
      const apply = (given: Gradients, scales?: Scales) => this.#apply(variables, tensorsOf(given), scales);
      const clip = (given: Gradients) => stepClipped(this.#clipping, given, true, apply);
      const around = scalesFor(this);
      if (!around) clip(variableGradients);
      // By a Lookahead around, and then by its own.
      else if (Object.keys(this.#clipping).length > 0) stepScaled(variableGradients, around, clip);
      else apply(variableGradients, around);
    });
  }

  /**
   * The whole state: the iterations, the slots, and how many steps they have seen, from which the powers of the betas follow.
   * As with every optimizer of tfjs these are the variables themselves, not copies; do not dispose them.
   *
   * @returns the list, in an order that {@link setWeights} relies on.
   * @throws Error after {@link dispose}.
   */
  override async getWeights(): Promise<NamedTensor[]> {
    at(`${this.#className}.getWeights`, () => this.#checkUsable());
    this.#slots.keep(isOfAlive);
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
    return atAsync(`${this.#className}.setWeights`, async () => {
      this.#checkUsable();
      const { iterations, entries } = unpack(weights, Object.values(this.#origin.declaration.slots));
      // A class that extends this one may hold other variables, which its list leaves out, as with tfjs's.
      const others = entriesOf(this).filter(({ name }) => name !== 'steps' && !name.includes('/'));
      checkEntries(this.#className, this, [...entries, ...others]);
      const steps = entries.at(-1) as NamedTensor;
      const [[iterationCount = 0], [stepCount = 0]] = await Promise.all([iterations.data(), steps.tensor.data()]);
      checkCount('iter', iterationCount);
      checkCount('steps', stepCount);
      const replaced = writeEntries(this, entries, true);
      // A Lookahead around disposes them, once it cannot go back any more.
      if (!isOwned(this)) for (const variable of replaced) release(variable);
      this.iterations_ = iterationCount;
      this.#stepsIn.set(this.steps.dataId, stepCount);
    });
  }

  /**
   * The config that `model.save` writes, and {@link fromConfig} takes.
   *
   * @returns all settings.
   */
  getConfig(): serialization.ConfigDict {
    const { globalClipNorm, clipNorm, clipValue, ...settings } = this.#settings;
    const clipping = this.#clipping as serialization.ConfigDict;
    return { learningRate: this.#learningRate, ...settings, exclude: [...this.#exclude], ...clipping };
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
    at(`${cls.className}.fromConfig`, () => checkSavedConfig(config));
    const { learningRate, customObjects, ...settings } = config; // tfjs-layers adds `customObjects`
    return new cls(learningRate, settings);
  }

  /**
   * Disposes the state. A second call does nothing.
   */
  override dispose(): void {
    this.#slots.keep(() => false);
    release(this.steps);
    if (this.#iterations) release(this.#iterations);
  }

  get #className(): string {
    return this.#origin.declaration.className;
  }

  #checkUsable(): void {
    if (this.isDisposed) throw mistake('this optimizer was disposed. Make a new one.');
  }

  #step(
    weights: readonly Variable[],
    slots: readonly Slot[][],
    gradients: readonly Tensor[],
    scales: Scales | undefined,
  ): void {
    const { declaration, rule } = this.#origin;
    const kinds = Object.keys(declaration.slots);
    const step = this.#stepsBefore + 1;
    const scalars: Record<string, number> = {
      ...declaration.scalars(this.#settings, step, (name, factor) => this.#product(step, name, factor)),
      negatedLearningRate: -this.#learningRate,
    };
    const names = rule.scalars.slice(0, -1); // the last is the scale of the gradient
    const inOrder = (decay: number) => names.map((name) => (name === 'decay' ? decay : (scalars[name] as number)));
    // Taking away -0 leaves every finite weight as it is, -0 too. And 1 - decay as one factor would be a rough float32.
    const [decaying, excluded] = [inOrder(this.#learningRate * this.#settings.weightDecay || -0), inOrder(-0)];
    const runner = activeRunner(rule);
    const updates = weights.map((weight, i) => ({
      runner: runner as Runner,
      states: rule.states.map((state) => (slots[i]?.[kinds.indexOf(state)]?.variable ?? weight) as Variable),
      input: gradients[i] as Tensor,
      scalars: [...(this.#isExcluded(weight) ? excluded : decaying), scales?.(i) ?? 1],
    }));
    // What a GPU computes may have 16 bits, too few for them.
    const isCounted = runner && !isOnGPU();
    if (runner) update(isCounted ? [...updates, counting(this.steps, 0, step)] : updates);
    else for (const each of updates) composedUpdate(rule, each);
    if (isCounted) this.#stepsIn.set(this.steps.dataId, step);
    else this.#setSteps(step);
  }

  #apply(
    variables: readonly Variable[],
    gradients: readonly (Tensor | null | undefined)[],
    scales: Scales | undefined,
  ): void {
    const made = new Set<Slot>();
    try {
      const slots = this.#slots.of(variables, made);
      const stepped = [...variables.keys()].filter((i) => gradients[i]);
      const those = <T>(list: readonly T[]) => stepped.map((i) => list[i] as NonNullable<T>);
      const itsScales = scales && ((i: number) => scales(stepped[i] as number));
      this.#step(those(variables), those(slots), those(gradients), itsScales);
    } catch (error) {
      // A slot that was made in a full memory has no place there, and would never get one.
      if (made.size > 0) this.#slots.keep((slot) => !made.has(slot));
      throw error;
    }
    this.incrementIterations();
  }

  get #stepsBefore(): number {
    const { steps } = this;
    return this.#stepsIn.get(steps.dataId) ?? (steps.dataSync()[0] as number);
  }

  #setSteps(steps: number): void {
    tidy(() => this.steps.assign(scalar(steps)));
    this.#stepsIn.set(this.steps.dataId, steps);
  }

  #product(step: number, name: string, factor: (step: number) => number): number {
    const before = this.#products.get(name);
    let { step: last, value } = before && before.step <= step ? before : { step: 0, value: 1 };
    while (last < step && value !== 0) value = Math.fround(value * Math.fround(factor(++last)));
    this.#products.set(name, { step, value });
    return value;
  }

  #isExcluded({ name }: Variable): boolean {
    const compared = comparable(name.replace(/^(lookahead\/)+/, '')); // as an outer one, it steps slow weights
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
const REMEDY = 'Pass what getWeights() returned, of an optimizer of this class.';

const checkNumber = (name: string, value: unknown): void => checkSetting(numberSetting(name, 0), name, value);

function checkCount(name: string, value: number): void {
  if (!isCount(value)) refuse(name, value, 'an integer of at least 0', REMEDY, true);
}

/**
 * A list that `getWeights` gave: its iterations, and the rest as entries of the state.
 *
 * @param kinds of slots, of which each variable has one.
 */
function unpack(
  weights: readonly NamedTensor[],
  kinds: readonly (readonly [property: string, suffix: string])[],
): { iterations: Tensor; entries: NamedTensor[] } {
  const count = (Array.isArray(weights) ? weights.length - 2 : -1) / kinds.length;
  if (count < 0 || !Number.isInteger(count)) {
    const must = `a list of the iterations, ${kinds.length} slots for each variable, and the steps`;
    refuse('weights', weights, must, REMEDY, Array.isArray(weights));
  }
  const list = Array.from(weights, (weight) => weight ?? ({} as NamedTensor));
  const places = kinds.flatMap(([property]) => Array.from({ length: count }, (_, i) => `${property}/${i}/`));
  const entries = list.map(({ name, tensor }, i) => {
    const place = places[i - 1];
    const expected = i === 0 ? 'iter' : 'steps';
    if (place ? typeof name !== 'string' : name !== expected) {
      throw mistake(`'${name}' stands where ${place ? 'the name of a slot' : `'${expected}'`} must. ${REMEDY}`);
    }
    return { name: `${place ?? ''}${name}`, tensor };
  });
  const { tensor: iterations } = entries.shift() as NamedTensor;
  checkValue('iter', iterations, { shape: [], dtype: 'int32' }, REMEDY);
  return { iterations, entries };
}

/** The class of an optimizer of this package. */
export type DeclaredClass<Config extends LionConfig> = {
  /** The name that a saved model has for it. */
  readonly className: string;
  /** @internal */
  readonly rule: Rule;
  /** The members that its optimizers have in common. */
  readonly prototype: DeclaredOptimizer<Config>;
  /** Makes an optimizer, as the function of its name does. */
  new (learningRate?: number, config?: Config): DeclaredOptimizer<Config>;
  /** Makes an optimizer from what its `getConfig()` returned. */
  fromConfig: typeof DeclaredOptimizer.fromConfig;
};

/**
 * Makes the class of a declaration, and registers it. Calls are marked as pure, so that nothing is left in a bundle that does
 * not use the class; esbuild would still keep arguments with a spread, so the declaration is made in here.
 */
export function define<Config extends LionConfig>(declare: () => Declaration): DeclaredClass<Config> {
  const declaration = declare();
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
