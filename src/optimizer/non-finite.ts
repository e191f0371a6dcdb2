import type { Optimizer, Variable } from '@tensorflow/tfjs-core';
import { describe } from '../checks.js';
import { firstNonFinite } from '../finite.js';
import type { OuterOptimizer } from '../outer-optimizer.js';
import type { SlowWeights } from '../slow-weights.js';
import { goesByPosition, innermost } from '../state/classes.js';
import { rememberState } from '../state/entries.js';
import { emptyState } from '../state/slots.js';
import { activeBackend } from '../update.js';
import type { InnerMomentum } from './momentum.js';

const choices = ['propagate', 'throw', 'restore'] as const;

/**
 * What becomes of a merge where a fast weight is NaN or infinite. See {@link LookaheadOptimizerConfig}.
 *
 * @example
 * const nonFinite: NonFinite = 'restore';
 * const optimizer = lookahead(tf.train.adam(1e-3), { nonFinite });
 */
export type NonFinite = (typeof choices)[number];

/** So many cycles in a row without a finite merge are a learning rate that is too high, or data that is wrong. */
const MOST_IN_A_ROW = 10;

/**
 * @throws Error unless the value is one of the three, the inner optimizer one whose state can be emptied, and the outer one,
 * if there is one, no Lookahead, whose state cannot be taken back.
 */
export function checkNonFinite(
  where: string,
  nonFinite: NonFinite,
  inner: Optimizer,
  outer: Optimizer | undefined,
): void {
  if (!choices.includes(nonFinite)) {
    throw new Error(`${where}: 'nonFinite' is ${describe(nonFinite)}, but must be 'propagate', 'throw' or 'restore'.`);
  }
  if (nonFinite === 'restore' && !goesByPosition(inner)) {
    throw new Error(
      `${where}: 'nonFinite' is 'restore', but only the state of tfjs's own optimizers can be emptied, and the inner ` +
        "one is of another class. Use 'throw'.",
    );
  }
  if (nonFinite !== 'propagate' && outer && innermost(outer) !== outer) {
    throw new Error(
      `${where}: 'nonFinite' is '${nonFinite}', but a step of the 'outer' optimizer that is not finite cannot be taken ` +
        "back, since it is a Lookahead. Use 'propagate', or another optimizer.",
    );
  }
}

/** Looks at a merge whether the weights are finite, and stay so, and does what was chosen where they do not. */
export class NonFiniteGuard {
  readonly choice: NonFinite;
  readonly #inner: Optimizer;
  readonly #momentum: InnerMomentum;
  readonly #outer: OuterOptimizer | null;
  /** Cycles that were undone so far. */
  restores = 0;
  /** Those of them since the last merge. */
  restoresInARow = 0;

  constructor(choice: NonFinite, inner: Optimizer, momentum: InnerMomentum, outer: OuterOptimizer | null) {
    this.choice = choice;
    this.#inner = inner;
    this.#momentum = momentum;
    this.#outer = outer;
  }

  /** @throws Error on webgpu, whose values cannot be read before the merge has to go on. */
  checkBackend(where: string): void {
    if (this.choice === 'propagate' || activeBackend() !== 'webgpu') return;
    throw new Error(
      `${where}: 'nonFinite' is '${this.choice}', but the webgpu backend gives values asynchronously alone, too late for ` +
        "a merge. Use 'propagate' there, and look at the loss, or another backend.",
    );
  }

  /** @throws Error where a weight is not finite that is to become a slow one. */
  checkAdoptable(where: string, weights: SlowWeights): void {
    this.checkBackend(where);
    const found = this.#find(weights.fast);
    if (!found) return;
    throw new Error(
      `${where}: '${found.name}' is not finite, and 'nonFinite' is '${this.choice}'; nothing was adopted. Give the ` +
        'variables finite values first.',
    );
  }

  /**
   * Merges, where the weights are finite and stay so.
   *
   * @param merge merges the weights.
   * @returns whether it was done; if not, the weights are back where the cycle began.
   * @throws Error with 'throw' where a weight is not finite, having changed nothing; with 'restore' after ten cycles in a
   * row, having put them back once more. With either where there is nothing finite to go back to, having changed nothing.
   */
  merge(where: string, weights: SlowWeights, merge: () => void): boolean {
    const spoilt = this.#find(weights.fast);
    const found = spoilt ?? this.#mergeUnlessSpoilt(weights, merge);
    if (!found) {
      this.restoresInARow = 0;
      return true;
    }
    const cause = spoilt ? 'after this cycle' : "after the outer optimizer's step, which was taken back";
    if (this.#find(weights.slow)) {
      throw new Error(
        `${where}: '${found.name}' is not finite ${cause}, and its slow weight is no better: it started so, or ` +
          'overflowed. Nothing was merged. Give the variables finite values, and call adopt().',
      );
    }
    if (this.choice === 'throw') {
      throw new Error(
        `${where}: '${found.name}' is not finite ${cause}; nothing was merged. The slow weights are those of the ` +
          'last merge. Lower the learning rate, or look at the data.',
      );
    }
    weights.undo();
    emptyState(this.#inner);
    this.#momentum.follow();
    ++this.restores;
    ++this.restoresInARow;
    if (this.restoresInARow < MOST_IN_A_ROW) return false;
    throw new Error(
      `${where}: ${this.restoresInARow} cycles in a row have ended with weights that are not finite, now '${found.name}', ` +
        'and were undone. Lower the learning rate.',
    );
  }

  /** @returns a slow weight that the outer optimizer has made NaN or infinite; then nothing has changed. */
  #mergeUnlessSpoilt(weights: SlowWeights, merge: () => void): Variable | undefined {
    if (this.choice === 'propagate' || !this.#outer) {
      merge();
      return undefined;
    }
    const before = [weights.remember(), rememberState(this.#outer.optimizer)];
    let isGood = false;
    try {
      merge();
      const found = this.#find(weights.slow);
      isGood = !found;
      return found;
    } finally {
      for (const each of before) isGood ? each.forget() : each.putBack();
    }
  }

  #find(variables: readonly Variable[]): Variable | undefined {
    return this.choice === 'propagate' ? undefined : firstNonFinite(variables);
  }

  /** Goes on with counters that were saved. */
  resume({ restores, restoresInARow }: Pick<NonFiniteGuard, 'restores' | 'restoresInARow'>): void {
    this.restores = restores;
    this.restoresInARow = restoresInARow;
  }
}
