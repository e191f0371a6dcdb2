import type { Optimizer, Tensor, Variable } from '@tensorflow/tfjs-core';
import {
  checkAlive,
  checkAlpha,
  checkBoolean,
  checkK,
  checkKeys,
  checkSlowStep,
  checkValue,
  checkVariables,
  describe,
} from './checks.js';
import { countersTensor, fromInt32s } from './counters.js';
import type { NamedTensor } from './named-tensor.js';
import { OuterOptimizer } from './outer-optimizer.js';
import { share } from './share.js';
import { SlowWeights } from './slow-weights.js';
import { checkFree, own } from './state/life.js';

/**
 * The settings of {@link Lookahead}.
 *
 * @example
 * const config: LookaheadConfig = { k: 10, alpha: 0.8 };
 */
export interface LookaheadConfig {
  /** Fast steps from one merge to the next: an integer of at least 1, or Infinity: only `flush()` merges. Default 5. */
  k?: number;
  /** How far the slow weights step towards the fast ones at a merge: a number in [0, 1]. Default 0.5. */
  alpha?: number;
  /**
   * Steps the slow weights at a merge, instead of alpha, with slow - fast as their gradient. It belongs to the Lookahead
   * from then on, and is saved and disposed with it. A weight that nothing has moved since the last merge, as in a frozen
   * layer, has no gradient, so that a momentum does not move it either.
   *
   * - `tf.train.sgd(a)`: Lookahead with alpha = a, up to rounding;
   * - `tf.train.momentum(0.7, 0.9, true)`: DiLoCo (arXiv 2311.08105), SNOO (arXiv 2510.15830);
   * - `tf.train.momentum(1, 0.6)`: SlowMo (arXiv 1910.00643).
   */
  outer?: Optimizer;
  /**
   * Whether the fast weights restart from the slow ones at a merge. With false they go on from where they are, and the
   * slow weights are a moving average of them: an exponential one with `k: 1, alpha: 1 - decay`. Default true.
   */
  restart?: boolean;
}

/** Names in a saved list: of the counters, after which the class of the outer optimizer follows, and of what that holds. */
const STEPS = 'lookahead/steps';
const OUTER = 'lookahead/outer/';

/**
 * Lookahead: "k steps forward, 1 step back" (Zhang, Lucas, Hinton, Ba 2019, arXiv 1907.08610, Algorithm 1).
 *
 * The fast weights are the given variables, stepped by whatever optimizer you use. After every k of its steps
 *
 *     slow += alpha * (fast - slow)
 *     fast  = slow
 *
 * or, with an outer optimizer, a step of that on the slow weights instead of the first line, with slow - fast as their
 * gradient.
 *
 * With alpha = 1 this is the inner optimizer alone; with alpha = 0 every merge returns to the first weights. No
 * tensor or array that you hold ever changes: where anything shares a slow weight's buffer, the merged weight gets a
 * new one.
 *
 * @example
 * const lookahead = new Lookahead(model.getWeights(true), { k: 5, alpha: 0.5 });
 * for (let step = 0; step < 1000; ++step) {
 *   optimizer.minimize(loss);
 *   lookahead.sync(); // once after each step of the optimizer
 * }
 */
export class Lookahead {
  /** What steps the slow weights instead of alpha, if anything: as given, so {@link fused} if that was. */
  readonly outer: Optimizer | null;
  /** Whether the fast weights restart from the slow ones at a merge. */
  readonly restart: boolean;
  readonly #outer: OuterOptimizer | null;
  readonly #weights: SlowWeights;
  #k: number;
  #alpha: number;

  /**
   * Takes the variables' present values as the first slow weights.
   *
   * @param variables the float32 `tf.Variable`s to look ahead, of any shape, trainable or not. `model.getWeights(true)`
   * returns those of a layers model, though it is typed `Tensor[]`. One that comes twice counts once.
   * @param config see {@link LookaheadConfig}.
   * @throws Error if the list is empty, or has a member that is not a variable, was disposed or is not float32; if k or
   * alpha is out of range; if there are both alpha and an outer optimizer, or one that was disposed or belongs to another
   * Lookahead; if the config has another key.
   * @example
   * const lookahead = new Lookahead(model.getWeights(true), { k: 5, alpha: 0.5 });
   */
  constructor(variables: readonly Tensor[], config: LookaheadConfig = {}) {
    checkVariables('Lookahead', variables);
    if (variables.length === 0) {
      throw new Error(
        "Lookahead: 'variables' is empty. Pass the variables to look ahead, as model.getWeights(true) returns them. " +
          'A model has none before it is built, and none that are trainable while all its layers are frozen.',
      );
    }
    checkKeys('Lookahead', config, ['k', 'alpha', 'outer', 'restart']);
    const { k = 5, alpha = 0.5, outer, restart = true } = config;
    checkK('Lookahead', k);
    checkAlpha('Lookahead', alpha);
    checkSlowStep('Lookahead', config);
    checkBoolean('Lookahead', 'restart', restart);
    if (outer !== undefined) {
      checkFree('Lookahead', 'outer', outer);
      own(outer);
    }
    this.outer = outer ?? null;
    this.restart = restart;
    this.#outer = outer ? new OuterOptimizer(outer) : null;
    this.#weights = new SlowWeights(this.#outer);
    this.#k = k;
    this.#alpha = outer ? Number.NaN : alpha;
    this.#weights.append([...new Set(variables)]);
  }

  /** Fast steps from one merge to the next. Assignable, and takes effect in the cycle that is under way. */
  get k(): number {
    return this.#k;
  }

  set k(k: number) {
    checkK('Lookahead', k);
    this.#k = k;
  }

  /**
   * How far the slow weights step towards the fast ones at a merge. Assignable, so that a schedule is one line. With an
   * outer optimizer it is NaN: set the learning rate of {@link outer} then, of SGD and Momentum with `setLearningRate()`.
   */
  get alpha(): number {
    return this.#alpha;
  }

  set alpha(alpha: number) {
    checkAlpha('Lookahead', alpha);
    checkSlowStep('Lookahead', { alpha, outer: this.outer ?? undefined });
    this.#alpha = alpha;
  }

  /** Calls of {@link sync} so far, including those before a resumed {@link getWeights}. */
  get step(): number {
    return this.#weights.step;
  }

  /** Calls of {@link sync} since the last merge, from 0 to k - 1. */
  get stepsInCycle(): number {
    return this.#weights.stepsInCycle;
  }

  /** The variables that hold the fast weights, in the order they were given. */
  get variables(): Variable[] {
    return [...this.#weights.fast];
  }

  /**
   * The slow weights, in the order of {@link variables}: non-trainable variables named `lookahead/<name>`. They belong
   * to this object: read them, do not assign or dispose them.
   */
  get slowWeights(): Variable[] {
    return [...this.#weights.slow];
  }

  /**
   * Looks further variables ahead from now on, with the same counter: layers that are unfrozen during training, for
   * instance. Call it before the first optimizer step that changes them.
   *
   * @param variables as for the constructor, and none that is looked ahead already.
   * @param slowWeights where their slow weights start, of the same shapes; by default their present values.
   * @throws Error as the constructor and {@link sync} do; then nothing has changed.
   */
  add(variables: readonly Tensor[], slowWeights: readonly Tensor[] = variables): void {
    const where = 'Lookahead.add';
    this.#checkReady(where);
    checkVariables(where, variables);
    if (!Array.isArray(slowWeights) || slowWeights.length !== variables.length) {
      throw new Error(
        `${where}: 'slowWeights' is ${describe(slowWeights)}, but must be an array of one tensor for each of the ` +
          `${variables.length} variables.`,
      );
    }
    const values = new Map<Variable, Tensor>();
    variables.forEach((fast, i) => {
      if (this.#weights.fast.includes(fast)) {
        throw new Error(
          `${where}: 'variables[${i}]', ${describe(fast)}, is looked ahead already. Pass only those that are new.`,
        );
      }
      const remedy = 'Pass the value where the slow weight starts, or nothing: it then starts at the present value.';
      checkValue(where, `slowWeights[${i}]`, slowWeights[i], fast, remedy);
      values.set(fast, slowWeights[i]);
    });
    this.#weights.append([...values.keys()], [...values.values()]);
  }

  /**
   * Counts one step of the inner optimizer, and merges at every k-th. Call it once after each step.
   *
   * @returns whether it merged.
   * @throws Error after {@link dispose}, inside {@link withSlowWeights}, or if a variable was disposed; then nothing
   * has changed.
   */
  sync(): boolean {
    this.#checkReady('Lookahead.sync');
    return this.#weights.advance(this.#k, () => this.#merge());
  }

  /**
   * Merges now, whatever {@link stepsInCycle} is, and starts a new cycle: at the end of training, for instance.
   *
   * @throws Error as {@link sync} does.
   */
  flush(): void {
    this.#checkReady('Lookahead.flush');
    this.#merge();
  }

  /**
   * Takes the values that the variables have now as the slow weights, and starts a new cycle; an outer optimizer keeps its
   * state. Call it after anything but the optimizer has changed the variables, `model.setWeights` for instance: the next
   * merge would pull them back to what they were.
   *
   * @throws Error as {@link sync} does.
   */
  adopt(): void {
    this.#checkReady('Lookahead.adopt');
    this.#weights.adopt();
  }

  /**
   * Runs `fn` with the slow weights in the variables, to evaluate or to save the model, and puts the fast weights back
   * when it returns or throws, or when the promise it returns is settled. What `fn` does to the variables is undone.
   *
   * @param fn may be async; then await the result.
   * @returns what `fn` returns.
   * @throws Error as {@link sync} does, and whatever `fn` throws.
   */
  withSlowWeights<T>(fn: () => T): T {
    this.#checkNotDisposed('Lookahead.withSlowWeights');
    return this.#weights.use('Lookahead.withSlowWeights', fn);
  }

  /**
   * The whole state: the counters, the slow weights, and what an outer optimizer holds, for {@link setWeights} or
   * `tf.io.encodeWeights`. Together with the variables' values and the inner optimizer's weights, training resumes from it
   * bit for bit, in mid-cycle too.
   *
   * @returns new tensors that no later merge changes; dispose them when done. `lookahead/steps` is int32 of shape [2]:
   * calls of sync in all, and since the last merge. With an outer optimizer its name goes on with the class of that, and
   * it has shape [4]: the steps of that follow, and how many tensors it holds. Once a counter has passed 2^31 - 1, it has
   * twice as many elements.
   * @throws Error after {@link dispose}, if a slow weight was disposed, or if the outer optimizer is of a class that alone
   * knows its state, or of which nobody knows it.
   */
  getWeights(): NamedTensor[] {
    const where = 'Lookahead.getWeights';
    this.#checkNotDisposed(where);
    this.#checkOuterIsHeld(where);
    this.#outer?.checkCanBeSaved(where);
    const { step, stepsInCycle, slow } = this.#weights;
    checkAlive(where, [], slow);
    const outer = this.#outer;
    const held = outer?.entries ?? [];
    const counters = [step, stepsInCycle, ...(outer ? [outer.optimizer.iterations, held.length] : [])];
    return [
      { name: this.#stepsName, tensor: countersTensor(counters) },
      ...slow.map((weight) => ({ name: weight.name, tensor: share(weight as Tensor) })),
      ...held.map(({ name, tensor }) => ({ name: OUTER + name, tensor: share(tensor) })),
    ];
  }

  /**
   * Takes over the state that {@link getWeights} returned, here or in another process. It matches by position, since
   * names change when a model is loaded again. The variables are left as they are.
   *
   * @param weights are not disposed, and you may dispose them afterwards.
   * @throws Error if count, shapes, dtypes or counters are not those of a {@link getWeights} over variables like these,
   * with an outer optimizer like this one, and as {@link sync} does; then nothing has changed.
   */
  setWeights(weights: readonly NamedTensor[]): void {
    const where = 'Lookahead.setWeights';
    this.#checkReady(where);
    this.#checkOuterIsHeld(where);
    const { slow } = this.#weights;
    const outer = this.#outer;
    const count = slow.length + 1;
    if (!Array.isArray(weights) || weights.length < count || (!outer && weights.length > count)) {
      throw new Error(
        `${where}: 'weights' is ${describe(weights)}, but must be the list of ${outer ? 'at least ' : ''}${count} ` +
          `that getWeights() returns for ${slow.length} variables: the steps, the slow weights` +
          `${outer ? ', and what the outer optimizer holds' : ''}. Pass that.`,
      );
    }
    const [steps, ...values] = weights.slice(0, count).map((weight) => weight?.tensor) as [Tensor, ...Tensor[]];
    if (outer && weights[0]?.name !== this.#stepsName) {
      throw new Error(
        `${where}: 'weights[0].name' is ${describe(weights[0]?.name)}, but must be '${this.#stepsName}'. Pass what ` +
          'getWeights() returned, with an outer optimizer of the same class.',
      );
    }
    const counters = outer ? 4 : 2;
    checkValue(where, 'weights[0].tensor', steps, {
      shape: [steps?.size === 2 * counters ? 2 * counters : counters],
      dtype: 'int32',
    });
    slow.forEach((weight, i) => {
      checkValue(where, `weights[${i + 1}].tensor`, values[i], weight);
    });
    const held = weights
      .slice(count)
      .map((weight) => ({ name: `${weight?.name}`.replace(OUTER, ''), tensor: weight?.tensor }));
    const counts = fromInt32s([...steps.dataSync()], counters);
    const [step, stepsInCycle, merges = 0, heldCount = 0] = counts as [number, number, number?, number?];
    if (!(counts.every((each) => each >= 0) && step >= stepsInCycle && heldCount === held.length)) {
      throw new Error(
        `${where}: 'weights[0].tensor' is [${counts.join(', ')}], but must be the steps in all and the steps since the last merge, so ` +
          `not negative, the second no greater than the first${outer ? `, the steps of the outer optimizer, and ${held.length}, how many tensors of that follow the slow weights` : ''}. ` +
          'Pass what getWeights() returned.',
      );
    }
    outer?.check(
      where,
      held,
      slow.map(({ shape }) => shape),
    );
    this.#weights.restore(values, step, stepsInCycle);
    outer?.hold(held, merges);
  }

  /**
   * Disposes the slow weights and the outer optimizer; the variables stay. A second call does nothing.
   *
   * @throws Error inside {@link withSlowWeights}.
   */
  dispose(): void {
    if (this.#weights.isDisposed) return;
    this.#weights.checkFastAreIn('Lookahead.dispose');
    this.#weights.dispose();
    this.#outer?.dispose();
  }

  #merge(): void {
    this.#weights.merge(this.#alpha, this.restart ? 'shared' : 'not');
  }

  get #stepsName(): string {
    return this.#outer ? `${STEPS}/outer/${this.#outer.className}` : STEPS;
  }

  #checkOuterIsHeld(where: string): void {
    if (!this.#outer?.keepsItsOwn) return;
    throw new Error(
      `${where}: 'outer' is of a class of its own, which alone knows its state, and gives it asynchronously. Use ` +
        'lookahead(), whose getWeights() is asynchronous too.',
    );
  }

  #checkNotDisposed(where: string): void {
    if (this.#weights.isDisposed) {
      throw new Error(`${where}: this Lookahead was disposed. Make a new one over the same variables.`);
    }
  }

  #checkReady(where: string): void {
    this.#checkNotDisposed(where);
    this.#weights.checkReady(where);
  }
}
