/** What part of the time of training goes into the merges. On a GPU this is the time to give it the work. */
export class MergeCost {
  #merges = 0;
  #mergingMs = 0;
  #trainingMs = 0;
  #isWarm = false;

  /** Runs both, and counts all after the first merge, which compiles the kernel. */
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

  /** NaN before there is anything to tell. */
  get share(): number {
    return this.#mergingMs / this.#trainingMs;
  }

  /** NaN before there is anything to tell. */
  get microsecondsPerMerge(): number {
    return (1000 * this.#mergingMs) / this.#merges;
  }
}
