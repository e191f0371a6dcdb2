import { engine, keep, reshape, type Tensor, tidy, util, type Variable, variable } from '@tensorflow/tfjs-core';
import { checkAlive, describe, isAlive } from './checks.js';
import { mergeByLerp } from './lerp.js';
import type { Follow } from './update.js';

/**
 * A second reference to the tensor's buffer. Unlike a clone, which copies on wasm, it allocates nothing on any
 * backend, and as no buffer is written that several tensors refer to, it keeps its values.
 */
export function share<T extends Tensor>(tensor: T): T {
  return reshape(tensor, tensor.shape) as T;
}

/**
 * The fast weights, which are variables of somebody else, with a slow weight for each, the count of fast steps, and the
 * equations of a merge (Algorithm 1 of arXiv 1907.08610):
 *
 *     slow += alpha * (fast - slow)
 *     fast  = slow
 */
export class SlowWeights {
  readonly fast: Variable[] = [];
  readonly slow: Variable[] = [];
  /** Fast steps so far. */
  step = 0;
  /** Fast steps since the last merge. */
  stepsInCycle = 0;
  #isDisposed = false;
  #areIn = false;

  /** Adds pairs: `fast` as checked before, and of the same shapes the values where their slow weights start. */
  append(fast: readonly Variable[], values: readonly Tensor[] = fast): void {
    fast.forEach((weight, i) => {
      this.fast.push(weight);
      this.slow.push(variable(values[i] as Tensor, false, unusedName(`lookahead/${weight.name}`)));
    });
  }

  /** Removes pairs, and disposes their slow weights. */
  remove(fast: ReadonlySet<Variable>): void {
    const kept: Variable[] = [];
    const keptSlow: Variable[] = [];
    this.fast.forEach((weight, i) => {
      const slow = this.slow[i] as Variable;
      if (fast.has(weight)) slow.dispose();
      else {
        kept.push(weight);
        keptSlow.push(slow);
      }
    });
    this.fast.splice(0, this.fast.length, ...kept);
    this.slow.splice(0, this.slow.length, ...keptSlow);
  }

  /**
   * Counts a fast step, and merges at every k-th.
   *
   * @returns whether it merged.
   */
  advance(k: number, alpha: number, restart: Follow = 'shared'): boolean {
    const merges = this.stepsInCycle + 1 >= k;
    if (merges) this.merge(alpha, restart);
    else ++this.stepsInCycle;
    ++this.step;
    return merges;
  }

  /**
   * Merges, and starts a new cycle. If it fails half-way, calling it again completes the merge: what is merged is at
   * its slow weight already.
   *
   * @param restart 'copied' where the fast weights are overwritten at the next step: then each keeps a buffer of its own.
   */
  merge(alpha: number, restart: Follow = 'shared'): void {
    const weight = Math.fround(alpha);
    const { fast, slow } = this;
    // `slow + weight * (fast - slow)` is exact neither at 0 nor at 1.
    if (weight === 1) assignEach(slow, fast);
    else if (weight === 0) assignEach(fast, slow);
    else mergeByLerp(slow, fast, weight, restart);
    this.stepsInCycle = 0;
  }

  /**
   * Takes over counters, and values of the slow weights, of the same shapes. They may be these slow weights
   * themselves.
   */
  restore(values: readonly Tensor[], step: number, stepsInCycle: number): void {
    tidy(() => {
      // tfjs frees the buffer of a variable that is assigned to itself, unless something else refers to it.
      const shared = values.map(share);
      this.slow.forEach((slow, i) => {
        slow.assign(shared[i] as Tensor);
      });
    });
    this.step = step;
    this.stepsInCycle = stepsInCycle;
  }

  /**
   * Runs `fn` with the slow weights in the variables, and puts the fast ones back when it, or its promise, has ended.
   */
  use<T>(where: string, fn: () => T): T {
    this.checkReady(where);
    if (typeof fn !== 'function') {
      const remedy = util.isPromise(fn) ? ': pass the function that makes the promise' : '';
      throw new Error(`${where}: 'fn' is ${describe(fn)}, but must be a function${remedy}.`);
    }
    // Kept, since an enclosing tidy may end before an async `fn` does.
    const saved = this.fast.map((fast) => keep(share(fast as Tensor)));
    assignEach(this.fast, this.slow);
    this.#areIn = true;
    const restore = () => {
      this.#areIn = false;
      saved.forEach((value, i) => {
        const fast = this.fast[i] as Variable;
        if (isAlive(fast)) fast.assign(value);
        value.dispose();
      });
    };
    let pending: Promise<unknown> | undefined;
    try {
      const result = fn();
      if (util.isPromise(result)) pending = Promise.resolve(result).finally(restore);
      return (pending ?? result) as T;
    } finally {
      if (!pending) restore();
    }
  }

  dispose(): void {
    for (const slow of this.slow) slow.dispose();
    this.#isDisposed = true;
  }

  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  checkFastAreIn(
    where: string,
    remedy = 'Call it after withSlowWeights has returned, or after the promise that it returned: await that, or ' +
      'return it from a callback.',
  ): void {
    if (this.#areIn) {
      throw new Error(`${where}: called inside withSlowWeights, while the variables hold the slow weights. ${remedy}`);
    }
  }

  /** Before anything changes, so that nothing stops half-way. */
  checkReady(where: string): void {
    this.checkFastAreIn(where);
    checkAlive(where, this.fast, this.slow);
  }
}

function assignEach(variables: readonly Variable[], values: readonly Variable[]): void {
  variables.forEach((variable, i) => {
    variable.assign(values[i] as Variable);
  });
}

/** A second slow weight for the same variable must not clash: tfjs wants the names of variables to be unique. */
function unusedName(name: string): string {
  const taken = engine().registeredVariables;
  let unused = name;
  for (let i = 1; unused in taken; ++i) unused = `${name}_${i}`;
  return unused;
}
