import { engine, keep, type Tensor, tidy, util, type Variable, variable } from '@tensorflow/tfjs-core';
import { checkAlive, describe, isAlive } from './checks.js';
import { mergeByLerp } from './lerp.js';
import type { OuterOptimizer } from './outer-optimizer.js';
import { release, share } from './share.js';
import type { Follow } from './update.js';

/**
 * The fast weights, which are variables of somebody else, with a slow weight for each, the count of fast steps, and the
 * equations of a merge (Algorithm 1 of arXiv 1907.08610):
 *
 *     slow += alpha * (fast - slow)
 *     fast  = slow
 *
 * An outer optimizer, if there is one, steps the slow weights instead of the first line.
 */
export class SlowWeights {
  readonly fast: Variable[] = [];
  readonly slow: Variable[] = [];
  /** Fast steps so far. */
  step = 0;
  /** Fast steps since the last merge. */
  stepsInCycle = 0;
  readonly #outer: OuterOptimizer | null;
  #isDisposed = false;
  #areIn = false;

  /** @param outer is disposed by whoever made it. */
  constructor(outer: OuterOptimizer | null = null) {
    this.#outer = outer;
  }

  /** Adds pairs: `fast` as checked before, and of the same shapes the values where their slow weights start. */
  append(fast: readonly Variable[], values: readonly Tensor[] = fast): void {
    fast.forEach((weight, i) => {
      this.fast.push(weight);
      this.slow.push(variable(values[i] as Tensor, false, unusedName(`lookahead/${weight.name}`)));
    });
  }

  /** Keeps the pairs of these fast weights alone, in this order, and disposes the slow weights of all others. */
  arrange(fast: readonly Variable[]): void {
    const positions = new Map(this.fast.map((weight, i) => [weight, i]));
    const from = fast.map((weight) => positions.get(weight) as number);
    const kept = from.map((position) => this.slow[position] as Variable);
    const isKept = new Set(kept);
    for (const slow of this.slow) if (!isKept.has(slow)) release(slow);
    this.fast.splice(0, this.fast.length, ...fast);
    this.slow.splice(0, this.slow.length, ...kept);
    this.#outer?.arrange(from);
  }

  /**
   * Counts a fast step; at every k-th, `merge` is called before.
   *
   * @returns whether it was.
   */
  advance(k: number, merge: () => void): boolean {
    const merges = this.stepsInCycle + 1 >= k;
    if (merges) merge();
    else ++this.stepsInCycle;
    ++this.step;
    return merges;
  }

  /**
   * Merges, and starts a new cycle. If it fails half-way, calling it again completes the merge: what is merged is at
   * its slow weight already.
   *
   * @param alpha does not matter where there is an outer optimizer.
   * @param follow how the fast weights restart: 'copied' where they are overwritten at the next step, so that each keeps
   * a buffer of its own; 'not' where they do not, and the slow ones are a moving average.
   */
  merge(alpha: number, follow: Follow): void {
    const weight = Math.fround(alpha);
    const { fast, slow } = this;
    if (this.#outer) {
      this.#outer.step(slow, fast);
      if (follow !== 'not') assignEach(fast, slow);
    }
    // `slow + weight * (fast - slow)` is exact neither at 0 nor at 1.
    else if (weight === 1) assignEach(slow, fast);
    else if (weight !== 0) mergeByLerp(slow, fast, weight, follow);
    else if (follow !== 'not') assignEach(fast, slow);
    this.stepsInCycle = 0;
  }

  /** Keeps all values, shared, so that nothing overwrites them, until what comes next is taken back or not. */
  remember(): { putBack(): void; forget(): void } {
    const { stepsInCycle } = this;
    const variables = [...this.fast, ...this.slow];
    const values = variables.map((variable) => keep(share(variable as Tensor)));
    const forget = () => {
      for (const value of values) value.dispose();
    };
    const putBack = () => {
      variables.forEach((variable, i) => {
        variable.assign(values[i] as Tensor);
      });
      this.stepsInCycle = stepsInCycle;
      forget();
    };
    return { putBack, forget };
  }

  /** The slow weights take the values of the fast ones, and a new cycle starts. */
  adopt(): void {
    assignEach(this.slow, this.fast);
    this.stepsInCycle = 0;
  }

  /** Undoes the cycle: the fast weights take the values of the slow ones, and a new cycle starts. */
  undo(): void {
    assignEach(this.fast, this.slow);
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
    this.slow.forEach(release);
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
