/** Which share of the training time the merges take. On a GPU this is the time to hand over the work. */
export class MergeCost {
  #merges = 0;
  #mergingMs = 0;
  #trainingMs = 0;
  #isWarm = false;

  /** Runs both, and counts everything after the first merge, because that one compiles the kernel. */
  time<T>(innerStep: () => T, sync: () => boolean): T {
    const start = performance.now();
    const result = innerStep();
    const stepped = performance.now();
    const merged = sync();
    const end = performance.now();
    if (this.#isWarm) {
      this.#trainingMs += end - start;
      if (merged) {
        ++this.#merges;
        this.#mergingMs += end - stepped;
      }
    }
    this.#isWarm ||= merged;
    return result;
  }

  /** NaN as long as nothing was counted. */
  get share(): number {
    return this.#mergingMs / this.#trainingMs;
  }

  /** NaN as long as nothing was counted. */
  get microsecondsPerMerge(): number {
    return (1000 * this.#mergingMs) / this.#merges;
  }
}
