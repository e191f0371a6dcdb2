import { dispose, keep, type Optimizer, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { mistake } from '../base/errors.js';
import { share } from '../base/share.js';
import type { NonFinite } from '../lookahead-settings.js';
import { rememberState } from '../state/entries.js';
import { emptyState } from '../state/slots.js';
import { activeBackend } from '../update/update.js';
import { firstNonFinite } from './finite.js';
import type { InnerMomentum } from './momentum.js';
import { stepOuter } from './outer-step.js';
import type { Pairs } from './pairs.js';
import type { Counters } from './saved-list.js';

/** After so many cycles in a row without a finite merge, the learning rate is too high or the data is wrong. */
const MOST_IN_A_ROW = 10;

/** The store of weights, as far as the guard knows it. */
interface Guarded extends Pairs {
  readonly counters: Counters;
  readonly inner: { readonly momentum?: InnerMomentum };
}

/** Checks at a merge that the weights are finite and stay so, and reacts as was chosen where they are not. */
export class NonFiniteGuard {
  readonly #choice: NonFinite;
  readonly #inner: Optimizer;

  constructor(choice: Exclude<NonFinite, 'propagate'>, inner: Optimizer) {
    this.#choice = choice;
    this.#inner = inner;
  }

  /** @throws Error on webgpu, whose values cannot be read before the merge has to go on. */
  checkBackend(): void {
    if (activeBackend() !== 'webgpu') return;
    throw mistake(
      `'nonFinite' is '${this.#choice}', but the webgpu backend gives values asynchronously alone, too late for ` +
        "a merge. Use 'propagate' there, and look at the loss, or another backend.",
    );
  }

  /** @throws Error where a weight is not finite that is to become a slow one. */
  checkAdoptable(fast: readonly Variable[]): void {
    this.checkBackend();
    const found = firstNonFinite(fast);
    if (!found) return;
    throw mistake(
      `'${found.name}' is not finite, and 'nonFinite' is '${this.#choice}'; nothing was adopted. Give the ` +
        'variables finite values first.',
    );
  }

  /**
   * Looks at the fast weights before a merge.
   *
   * @returns whether they are finite; if not, they are back where the cycle began.
   * @throws Error with 'throw' where a weight is not finite, having changed nothing; with 'restore' after ten cycles in a
   * row, having put them back once more. With either where there is nothing finite to go back to, having changed nothing.
   */
  checkFast(weights: Guarded): boolean {
    this.checkBackend();
    const found = firstNonFinite(weights.fast);
    return !found || this.#undo(weights, found, 'after this cycle');
  }

  /**
   * A step of the outer optimizer, which is taken back where a slow weight is not finite after it.
   *
   * @returns and throws as {@link checkFast}.
   */
  stepOuter(weights: Guarded, outer: Optimizer): boolean {
    const { slow, fast } = weights;
    // Shared, so that nothing overwrites them.
    const values = slow.map((weight) => keep(share(weight as Tensor)));
    const state = rememberState(outer);
    let isGood = false;
    let found: Variable | undefined;
    try {
      stepOuter(outer, slow, fast);
      found = firstNonFinite(slow);
      isGood = !found;
    } finally {
      if (isGood) state.forget();
      else {
        weights.assign(values);
        state.putBack();
      }
      dispose(values);
    }
    return !found || this.#undo(weights, found, "after the outer optimizer's step, which was taken back");
  }

  /** @returns false: the merge is not to go on. */
  #undo(weights: Guarded, { name }: Variable, cause: string): false {
    if (firstNonFinite(weights.slow)) {
      throw mistake(
        `'${name}' is not finite ${cause}, and its slow weight is no better: it started so, or ` +
          'overflowed. Nothing was merged. Give the variables finite values, and call adopt().',
      );
    }
    if (this.#choice === 'throw') {
      throw mistake(
        `'${name}' is not finite ${cause}; nothing was merged. The slow weights are those of the ` +
          'last merge. Lower the learning rate, or look at the data.',
      );
    }
    weights.restart();
    emptyState(this.#inner);
    const { inner, counters } = weights;
    inner.momentum?.follow();
    counters.stepsInCycle = 0;
    ++counters.restores;
    ++counters.restoresInARow;
    if (counters.restoresInARow < MOST_IN_A_ROW) return false;
    throw mistake(
      `${counters.restoresInARow} cycles in a row have ended with weights that are not finite, now '${name}', ` +
        'and were undone. Lower the learning rate.',
    );
  }
}
