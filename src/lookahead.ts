import { engine, keep, type Tensor, tensor1d, tidy, util, type Variable, variable } from '@tensorflow/tfjs-core';
import { checkAlive, checkAlpha, checkK, checkKeys, checkValue, checkVariables, describe, isAlive } from './checks.js';
import { lerpAssigner } from './lerp.js';

export interface LookaheadConfig {
  /** Fast steps from one merge to the next: an integer of at least 1. Default 5. */
  k?: number;
  /** How far the slow weights step towards the fast ones at a merge: a number in [0, 1]. Default 0.5. */
  alpha?: number;
}

/** A tensor with the name to save it under, as `tf.io.encodeWeights` takes them. */
export interface NamedTensor {
  name: string;
  tensor: Tensor;
}

/** For the optimizer wrapper, which meets its variables at its first step. A user who passes none made a mistake. */
export const noneYet: readonly Variable[] = [];

/**
 * Lookahead: "k steps forward, 1 step back" (Zhang, Lucas, Hinton, Ba 2019, arXiv 1907.08610, Algorithm 1).
 *
 * The fast weights are the given variables, stepped by whatever optimizer you use. After every k of its steps
 *
 *     slow += alpha * (fast - slow)
 *     fast  = slow
 *
 * Call {@link sync} once after each optimizer step:
 *
 *     const lookahead = new Lookahead(model.getWeights(true), { k: 5, alpha: 0.5 });
 *     for (...) { optimizer.minimize(loss); lookahead.sync(); }
 *
 * k = 1 with alpha = 1, or any k with alpha = 1, is the inner optimizer alone; alpha = 0 returns to the first weights
 * at every merge. No tensor or array that you hold ever changes: where anything shares a slow weight's buffer, the merged
 * weight gets a new one.
 */
export class Lookahead {
  readonly #fast: Variable[] = [];
  readonly #slow: Variable[] = [];
  #k: number;
  #alpha: number;
  #step = 0;
  #stepsInCycle = 0;
  #disposed = false;
  #slowIsIn = false;

  /**
   * Takes the variables' present values as the first slow weights.
   *
   * @param variables the float32 `tf.Variable`s to look ahead, of any shape, trainable or not. `model.getWeights(true)`
   * returns those of a layers model, though it is typed `Tensor[]`.
   * @throws Error if the list is empty, or has a member that is not a variable, was disposed, is not float32 or comes
   * twice; if k or alpha is out of range; if the config has another key.
   */
  constructor(variables: readonly Tensor[], config: LookaheadConfig = {}) {
    checkVariables('Lookahead', variables);
    if (variables.length === 0 && variables !== noneYet) {
      throw new Error(
        "Lookahead: 'variables' is empty. Pass the variables to look ahead, as model.getWeights(true) returns them; " +
          'a model has none before it is built.',
      );
    }
    checkKeys('Lookahead', config, ['k', 'alpha']);
    const { k = 5, alpha = 0.5 } = config;
    checkK('Lookahead', k);
    checkAlpha('Lookahead', alpha);
    this.#k = k;
    this.#alpha = alpha;
    this.#append(variables, variables);
  }

  /** Fast steps from one merge to the next. Assignable; counts for the cycle that is under way. */
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

  /** Calls of {@link sync} so far, those before a resumed {@link getWeights} included. */
  get step(): number {
    return this.#step;
  }

  /** Calls of {@link sync} since the last merge, from 0 to k - 1. */
  get stepsInCycle(): number {
    return this.#stepsInCycle;
  }

  /** The variables that hold the fast weights, in the order they were given. */
  get variables(): Variable[] {
    return [...this.#fast];
  }

  /**
   * The slow weights, in the order of {@link variables}: non-trainable variables named `lookahead/<name>`. They belong
   * to this object: read them, do not assign or dispose them.
   */
  get slowWeights(): Variable[] {
    return [...this.#slow];
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
    this.checkReady('Lookahead.add');
    checkVariables('Lookahead.add', variables, this.#fast);
    if (!Array.isArray(slowWeights) || slowWeights.length !== variables.length) {
      throw new Error(
        `Lookahead.add: 'slowWeights' is ${describe(slowWeights)}, but must be one tensor for each of the ` +
          `${variables.length} variables.`,
      );
    }
    variables.forEach((fast, i) => {
      checkValue('Lookahead.add', `slowWeights[${i}]`, slowWeights[i], fast);
    });
    this.#append(variables, slowWeights);
  }

  /**
   * Counts one step of the inner optimizer, and merges at every k-th. Call it once after each step.
   *
   * @returns whether it merged.
   * @throws Error after {@link dispose}, inside {@link withSlowWeights}, or if a variable was disposed; then nothing has
   * changed.
   */
  sync(): boolean {
    this.checkReady('Lookahead.sync');
    return this.advance();
  }

  /**
   * {@link sync}, after {@link checkReady}.
   *
   * @internal
   */
  advance(): boolean {
    const merges = this.#stepsInCycle + 1 >= this.#k;
    if (merges) this.#merge();
    else ++this.#stepsInCycle;
    ++this.#step;
    return merges;
  }

  /**
   * Merges now, wherever in the cycle, and starts a new one: at the end of training, for instance.
   *
   * @throws Error as {@link sync} does.
   */
  flush(): void {
    this.checkReady('Lookahead.flush');
    this.#merge();
  }

  /**
   * Runs `fn` with the slow weights in the variables, to evaluate or to save the model, and puts the fast weights back
   * when it returns or throws, or when the promise it returns is settled. What `fn` does to the variables is undone.
   *
   * @returns what `fn` returns.
   * @throws Error as {@link sync} does, and whatever `fn` throws.
   */
  withSlowWeights<T>(fn: () => T): T {
    this.checkReady('Lookahead.withSlowWeights');
    if (typeof fn !== 'function') {
      throw new Error(`Lookahead.withSlowWeights: 'fn' is ${describe(fn)}, but must be a function.`);
    }
    // Kept, since an enclosing tidy may end before an async `fn` does.
    const saved = this.#fast.map((fast) => keep(fast.clone()));
    this.#fast.forEach((fast, i) => {
      fast.assign(this.#slow[i] as Variable);
    });
    this.#slowIsIn = true;
    const restore = () => {
      this.#slowIsIn = false;
      saved.forEach((value, i) => {
        const fast = this.#fast[i] as Variable;
        if (isAlive(fast)) fast.assign(value);
        value.dispose();
      });
    };
    let result: T;
    try {
      result = fn();
    } catch (error) {
      restore();
      throw error;
    }
    if (util.isPromise(result)) return Promise.resolve(result).finally(restore) as T;
    restore();
    return result;
  }

  /**
   * The whole state: the counters, then the slow weights, for {@link setWeights} or `tf.io.encodeWeights`. Together with
   * the variables' values and the inner optimizer's weights, training resumes from it bit for bit, in mid-cycle too.
   *
   * @returns new tensors that no later merge changes; dispose them when done. `steps` is int32 of shape [2]: calls of
   * sync in all, and since the last merge.
   * @throws Error after {@link dispose}.
   */
  getWeights(): NamedTensor[] {
    this.#checkNotDisposed('Lookahead.getWeights');
    return [
      { name: 'lookahead/steps', tensor: tensor1d([this.#step, this.#stepsInCycle], 'int32') },
      ...this.#slow.map((slow) => ({ name: slow.name, tensor: slow.clone() })),
    ];
  }

  /**
   * Takes over the state that {@link getWeights} returned, here or in another process. Matches by position, for names
   * change when a model is loaded again. The variables are left as they are.
   *
   * @param weights not disposed of, and free to be afterwards.
   * @throws Error if count, shapes, dtypes or counters are not those of a {@link getWeights} over variables like these,
   * and as {@link sync} does; then nothing has changed.
   */
  setWeights(weights: readonly NamedTensor[]): void {
    this.checkReady('Lookahead.setWeights');
    const where = 'Lookahead.setWeights';
    const count = this.#slow.length + 1;
    if (!Array.isArray(weights) || weights.length !== count) {
      throw new Error(
        `${where}: 'weights' is ${Array.isArray(weights) ? `a list of ${weights.length}` : describe(weights)}, but must be ` +
          `the list of ${count} that getWeights() returns for ${count - 1} variables: the steps, then the slow weights.`,
      );
    }
    const tensors = weights.map((weight) => weight?.tensor);
    checkValue(where, 'weights[0].tensor', tensors[0], { shape: [2], dtype: 'int32' });
    this.#slow.forEach((slow, i) => {
      checkValue(where, `weights[${i + 1}].tensor`, tensors[i + 1], slow);
    });
    const [step, stepsInCycle] = tensors[0].dataSync() as unknown as [number, number];
    if (!(stepsInCycle >= 0 && step >= stepsInCycle)) {
      throw new Error(
        `${where}: 'weights[0].tensor' is [${step}, ${stepsInCycle}], but must be the steps in all and the steps since the ` +
          'last merge, so not negative, the second no greater than the first. Pass what getWeights() returned.',
      );
    }
    tidy(() => {
      // Clones, for the tensors may be these slow weights themselves: tfjs frees the buffer of a variable that is assigned to itself.
      const values = tensors.map((tensor) => tensor.clone());
      this.#slow.forEach((slow, i) => {
        slow.assign(values[i + 1] as Tensor);
      });
    });
    this.#step = step;
    this.#stepsInCycle = stepsInCycle;
  }

  /** Disposes the slow weights; the variables stay. A second call does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.checkFastIsIn('Lookahead.dispose');
    for (const slow of this.#slow) slow.dispose();
    this.#disposed = true;
  }

  #append(fast: readonly Variable[], slow: readonly Tensor[]): void {
    fast.forEach((weight, i) => {
      this.#fast.push(weight);
      this.#slow.push(variable(slow[i] as Tensor, false, unusedName(`lookahead/${weight.name}`)));
    });
  }

  /** The equations. If a kernel fails half-way, calling again completes it: what is merged is at its slow weight already. */
  #merge(): void {
    const weight = Math.fround(this.#alpha);
    const assignLerp = lerpAssigner();
    this.#fast.forEach((fast, i) => {
      const slow = this.#slow[i] as Variable;
      // `slow + weight * (fast - slow)` is exact neither at 0 nor at 1.
      if (weight === 1) slow.assign(fast);
      else {
        if (weight !== 0) assignLerp(slow, fast, weight);
        fast.assign(slow);
      }
    });
    this.#stepsInCycle = 0;
  }

  #checkNotDisposed(where: string): void {
    if (this.#disposed) {
      throw new Error(`${where}: this Lookahead was disposed. Make a new one over the same variables.`);
    }
  }

  /** @internal */
  checkFastIsIn(where: string): void {
    if (this.#slowIsIn) {
      throw new Error(
        `${where}: called inside withSlowWeights, while the variables hold the slow weights. ` +
          'Call it after withSlowWeights has returned or its promise is settled.',
      );
    }
  }

  /**
   * Before anything changes, so that no merge stops half-way.
   *
   * @internal
   */
  checkReady(where: string): void {
    this.#checkNotDisposed(where);
    this.checkFastIsIn(where);
    checkAlive(where, 'variables', this.#fast);
    checkAlive(where, 'slowWeights', this.#slow);
  }
}

/** A second Lookahead over the same variable must not clash: tfjs wants names of variables to be unique. */
function unusedName(name: string): string {
  const taken = engine().registeredVariables;
  let unused = name;
  for (let i = 1; unused in taken; ++i) unused = `${name}_${i}`;
  return unused;
}
