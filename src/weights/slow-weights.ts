import { keep, type Tensor, util } from '@tensorflow/tfjs-core';
import { checkAlive, isAlive } from '../base/checks.js';
import { mistake, refuse } from '../base/errors.js';
import { share } from '../base/share.js';
import type { Settings } from '../lookahead-settings.js';
import { disposeOptimizer } from '../state/life.js';
import type { InnerMomentum } from './momentum.js';
import type { NonFiniteGuard } from './non-finite.js';
import { stepOuter } from './outer-step.js';
import { Pairs } from './pairs.js';
import { type Counters, noCounters } from './saved-list.js';

/** The parts of a merge that concern the inner optimizer, where Lookahead knows it. */
export interface InnerParts {
  readonly momentum: InnerMomentum;
  readonly guard: NonFiniteGuard | undefined;
  /** Whether a step overwrites the fast weights, as one that is fused does, while tfjs's ops give them new buffers. */
  stepsInPlace(): boolean;
}

/** The store of a Lookahead: its pairs of weights, its settings and counters, and the merge. */
export class SlowWeights extends Pairs {
  readonly counters: Counters = { ...noCounters };
  isDisposed = false;
  #areIn = false;

  constructor(
    readonly settings: Settings,
    readonly inner: Partial<InnerParts> = {},
  ) {
    super();
  }

  /**
   * Counts a fast step, and merges at every k-th.
   *
   * @returns whether a merge was due.
   */
  advance(): boolean {
    const { counters } = this;
    this.inner.momentum?.follow();
    const merges = counters.stepsInCycle + 1 >= this.settings.k;
    if (merges) this.merge();
    else ++counters.stepsInCycle;
    ++counters.step;
    return merges;
  }

  /**
   * Merges, and starts a new cycle. One that fails half-way is completed by calling it again. Not so with an outer optimizer,
   * which would step twice. Where the fast weights do not restart, one that fails has changed nothing.
   *
   * @throws Error as {@link NonFiniteGuard} and {@link stepOuter} do.
   */
  merge(): void {
    const { settings, counters } = this;
    const { outer } = settings;
    const { momentum, guard, stepsInPlace } = this.inner;
    if (guard && !guard.checkFast(this)) return;
    if (!outer) {
      const follow = stepsInPlace?.() ? 'copied' : 'shared';
      this.interpolate(settings.alpha, settings.restart ? follow : 'not');
    } else {
      if (!guard) stepOuter(outer, this.slow, this.fast);
      else if (!guard.stepOuter(this, outer)) return;
      if (settings.restart) this.restart();
    }
    momentum?.merge(settings.alpha);
    counters.stepsInCycle = 0;
    counters.restoresInARow = 0;
  }

  /** Takes the fast weights, and the momentum, as they are now, and starts a new cycle. */
  adopt(): void {
    this.adoptFast();
    this.inner.momentum?.adopt();
    this.counters.stepsInCycle = 0;
  }

  /**
   * Runs `fn` with the slow weights in the variables, and puts the fast ones back when it, or its promise, has ended.
   */
  use<T>(fn: () => T): T {
    if (typeof fn !== 'function') {
      refuse('fn', fn, `a function${util.isPromise(fn) ? ': pass the function that makes the promise' : ''}`);
    }
    // Kept, since an enclosing tidy may end before an async `fn` does.
    const saved = this.fast.map((fast) => [fast, keep(share<Tensor>(fast))] as const);
    this.restart();
    this.#areIn = true;
    const putBack = () => {
      this.#areIn = false;
      for (const [fast, value] of saved) {
        if (isAlive(fast)) fast.assign(value);
        value.dispose();
      }
    };
    let pending: Promise<unknown> | undefined;
    try {
      const result = fn();
      if (util.isPromise(result)) pending = Promise.resolve(result).finally(putBack);
      return (pending ?? result) as T;
    } finally {
      if (!pending) putBack();
    }
  }

  override dispose(): void {
    super.dispose();
    this.inner.momentum?.dispose();
    if (this.settings.outer) disposeOptimizer(this.settings.outer);
    this.isDisposed = true;
  }

  checkFastAreIn(
    remedy = 'Call it after withSlowWeights has returned, or after the promise that it returned: await that, or ' +
      'return it from a callback.',
  ): void {
    if (this.#areIn) {
      throw mistake(`called inside withSlowWeights, while the variables hold the slow weights. ${remedy}`);
    }
  }

  /** @throws Error unless the variables hold the fast weights, and all weights are alive. */
  checkReady(): void {
    this.checkFastAreIn();
    checkAlive('variables', this.fast);
    checkAlive('slowWeights', this.slow);
  }
}
