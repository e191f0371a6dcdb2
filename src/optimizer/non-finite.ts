import type { Optimizer } from '@tensorflow/tfjs-core';
import { describe } from '../checks.js';
import { firstNonFinite } from '../finite.js';
import { emptyState, goesByPosition } from '../optimizer-state.js';
import type { SlowWeights } from '../slow-weights.js';
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

/** @throws Error unless the value is one of the three, and the inner optimizer one whose state can be emptied. */
export function checkNonFinite(where: string, nonFinite: NonFinite, inner: Optimizer): void {
  if (!choices.includes(nonFinite)) {
    throw new Error(`${where}: 'nonFinite' is ${describe(nonFinite)}, but must be 'propagate', 'throw' or 'restore'.`);
  }
  if (nonFinite === 'restore' && !goesByPosition(inner)) {
    throw new Error(
      `${where}: 'nonFinite' is 'restore', but only the state of tfjs's own optimizers can be emptied, and the inner ` +
        "one is of another class. Use 'throw'.",
    );
  }
}

/** Looks before a merge whether the fast weights are finite, and does what was chosen where they are not. */
export class NonFiniteGuard {
  readonly choice: NonFinite;
  readonly #inner: Optimizer;
  readonly #momentum: InnerMomentum;
  /** Cycles that were undone so far. */
  restores = 0;
  /** Those of them since the last merge. */
  restoresInARow = 0;

  constructor(choice: NonFinite, inner: Optimizer, momentum: InnerMomentum) {
    this.choice = choice;
    this.#inner = inner;
    this.#momentum = momentum;
  }

  /** @throws Error on webgpu, whose values cannot be read before the merge has to go on. */
  checkBackend(where: string): void {
    if (this.choice === 'propagate' || activeBackend() !== 'webgpu') return;
    throw new Error(
      `${where}: 'nonFinite' is '${this.choice}', but the webgpu backend gives values asynchronously alone, too late for ` +
        "a merge. Use 'propagate' there, and look at the loss, or another backend.",
    );
  }

  /**
   * @returns whether the merge may go on; if not, the weights are back where the cycle began.
   * @throws Error with 'throw' where a weight is not finite, having changed nothing; with 'restore' after ten cycles in a
   * row, having put them back once more.
   */
  letsMerge(where: string, weights: SlowWeights): boolean {
    const found = this.choice !== 'propagate' && firstNonFinite(weights.fast);
    if (!found) {
      this.restoresInARow = 0;
      return true;
    }
    if (this.choice === 'throw') {
      throw new Error(
        `${where}: '${found.name}' is not finite after this cycle; nothing was merged. The slow weights are those of the ` +
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

  /** Goes on with counters that were saved. */
  resume({ restores, restoresInARow }: Pick<NonFiniteGuard, 'restores' | 'restoresInARow'>): void {
    this.restores = restores;
    this.restoresInARow = restoresInARow;
  }
}
