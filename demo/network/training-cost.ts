interface Parts {
  /** Called before the steps of each side, and not timed. */
  useKernels: (areUsed: boolean) => void;
  plainStep: () => void;
  /** With Lookahead, without its merges. */
  innerStep: () => void;
  /** @returns whether it merged. */
  sync: () => boolean;
}

/**
 * The time of a step of each training, and the share of it that the merges take. On a GPU this is the time to give it
 * the work.
 */
export class TrainingCost {
  #steps = 0;
  #merges = 0;
  #plainMs = 0;
  #lookaheadMs = 0;
  #mergingMs = 0;
  #isWarm = false;

  /** Runs all parts, and counts their times after the first merge: until then there is something to compile. */
  time({ useKernels, plainStep, innerStep, sync }: Parts): void {
    useKernels(false);
    const start = performance.now();
    plainStep();
    const afterPlain = performance.now();
    useKernels(true);
    const beforeInner = performance.now();
    innerStep();
    const beforeSync = performance.now();
    const merged = sync();
    const end = performance.now();
    if (this.#isWarm) {
      ++this.#steps;
      this.#plainMs += afterPlain - start;
      this.#lookaheadMs += end - beforeInner;
      if (merged) {
        ++this.#merges;
        this.#mergingMs += end - beforeSync;
      }
    }
    this.#isWarm ||= merged;
  }

  // All are NaN before there is anything to tell.

  get microsecondsPerStep(): Record<'plain' | 'lookahead', number> {
    return { plain: (1000 * this.#plainMs) / this.#steps, lookahead: (1000 * this.#lookaheadMs) / this.#steps };
  }

  get microsecondsPerMerge(): number {
    return (1000 * this.#mergingMs) / this.#merges;
  }

  /** Of the time of the training with Lookahead. */
  get mergeShare(): number {
    return this.#mergingMs / this.#lookaheadMs;
  }
}
