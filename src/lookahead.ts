import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { checkAlpha, checkK, checkKeys, checkValue, checkVariables, describe } from './checks.js';
import { countersTensor, fromInt32s } from './counters.js';
import { SlowWeights, share } from './slow-weights.js';

/**
 * The settings of {@link Lookahead}.
 *
 * @example
 * const config: LookaheadConfig = { k: 10, alpha: 0.8 };
 */
export interface LookaheadConfig {
  /** Fast steps from one merge to the next: an integer of at least 1. Default 5. */
  k?: number;
  /** How far the slow weights step towards the fast ones at a merge: a number in [0, 1]. Default 0.5. */
  alpha?: number;
}

/**
 * A tensor with the name to save it under, as `tf.io.encodeWeights` takes them.
 *
 * @example
 * const weights: NamedTensor[] = lookahead.getWeights();
 * const { data, specs } = await tf.io.encodeWeights(weights);
 */
export interface NamedTensor {
  /** Unique in a list. */
  name: string;
  /** Of any shape and dtype. */
  tensor: Tensor;
}

/**
 * Lookahead: "k steps forward, 1 step back" (Zhang, Lucas, Hinton, Ba 2019, arXiv 1907.08610, Algorithm 1).
 *
 * The fast weights are the given variables, stepped by whatever optimizer you use. After every k of its steps
 *
 *     slow += alpha * (fast - slow)
 *     fast  = slow
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
  readonly #weights = new SlowWeights();
  #k: number;
  #alpha: number;

  /**
   * Takes the variables' present values as the first slow weights.
   *
   * @param variables the float32 `tf.Variable`s to look ahead, of any shape, trainable or not. `model.getWeights(true)`
   * returns those of a layers model, though it is typed `Tensor[]`. One that comes twice counts once.
   * @param config see {@link LookaheadConfig}.
   * @throws Error if the list is empty, or has a member that is not a variable, was disposed or is not float32; if k or
   * alpha is out of range; if the config has another key.
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
    checkKeys('Lookahead', config, ['k', 'alpha']);
    const { k = 5, alpha = 0.5 } = config;
    checkK('Lookahead', k);
    checkAlpha('Lookahead', alpha);
    this.#k = k;
    this.#alpha = alpha;
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

  /** How far the slow weights step towards the fast ones at a merge. Assignable, so that a schedule is one line. */
  get alpha(): number {
    return this.#alpha;
  }

  set alpha(alpha: number) {
    checkAlpha('Lookahead', alpha);
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
    return this.#weights.advance(this.#k, this.#alpha);
  }

  /**
   * Merges now, whatever {@link stepsInCycle} is, and starts a new cycle: at the end of training, for instance.
   *
   * @throws Error as {@link sync} does.
   */
  flush(): void {
    this.#checkReady('Lookahead.flush');
    this.#weights.merge(this.#alpha);
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
   * The whole state: the counters, then the slow weights, for {@link setWeights} or `tf.io.encodeWeights`. Together
   * with the variables' values and the inner optimizer's weights, training resumes from it bit for bit, in mid-cycle
   * too.
   *
   * @returns new tensors that no later merge changes; dispose them when done. `lookahead/steps` is int32 of shape [2]:
   * calls of sync in all, and since the last merge. It has shape [4] once a counter has passed 2^31 - 1.
   * @throws Error after {@link dispose}.
   */
  getWeights(): NamedTensor[] {
    this.#checkNotDisposed('Lookahead.getWeights');
    const { step, stepsInCycle, slow } = this.#weights;
    return [
      { name: 'lookahead/steps', tensor: countersTensor([step, stepsInCycle]) },
      ...slow.map((weight) => ({ name: weight.name, tensor: share(weight as Tensor) })),
    ];
  }

  /**
   * Takes over the state that {@link getWeights} returned, here or in another process. It matches by position, since
   * names change when a model is loaded again. The variables are left as they are.
   *
   * @param weights are not disposed, and you may dispose them afterwards.
   * @throws Error if count, shapes, dtypes or counters are not those of a {@link getWeights} over variables like these,
   * and as {@link sync} does; then nothing has changed.
   */
  setWeights(weights: readonly NamedTensor[]): void {
    const where = 'Lookahead.setWeights';
    this.#checkReady(where);
    const { slow } = this.#weights;
    if (!Array.isArray(weights) || weights.length !== slow.length + 1) {
      throw new Error(
        `${where}: 'weights' is ${describe(weights)}, but must be the list of ${slow.length + 1} ` +
          `that getWeights() returns for ${slow.length} variables: the steps, then the slow weights.`,
      );
    }
    const [steps, ...values] = weights.map((weight) => weight?.tensor) as [Tensor, ...Tensor[]];
    checkValue(where, 'weights[0].tensor', steps, { shape: [steps?.size === 4 ? 4 : 2], dtype: 'int32' });
    slow.forEach((weight, i) => {
      checkValue(where, `weights[${i + 1}].tensor`, values[i], weight);
    });
    const [step, stepsInCycle] = fromInt32s([...steps.dataSync()], 2) as [number, number];
    if (!(stepsInCycle >= 0 && step >= stepsInCycle)) {
      throw new Error(
        `${where}: 'weights[0].tensor' is [${step}, ${stepsInCycle}], but must be the steps in all and the steps ` +
          'since the last merge, so not negative, the second no greater than the first. ' +
          'Pass what getWeights() returned.',
      );
    }
    this.#weights.restore(values, step, stepsInCycle);
  }

  /**
   * Disposes the slow weights; the variables stay. A second call does nothing.
   *
   * @throws Error inside {@link withSlowWeights}.
   */
  dispose(): void {
    if (this.#weights.isDisposed) return;
    this.#weights.checkFastAreIn('Lookahead.dispose');
    this.#weights.dispose();
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
