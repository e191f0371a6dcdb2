const LIMIT = 2 ** 31;

/**
 * Counters as int32, the largest integer dtype of tfjs. Where one of them passes 2^31 - 1, the multiples of 2^31 follow as
 * further elements, one for each.
 */
export function toInt32s(counters: readonly number[]): number[] {
  const multiples = counters.map((counter) => Math.floor(counter / LIMIT));
  const remainders = counters.map((counter) => counter % LIMIT);
  return multiples.some((multiple) => multiple > 0) ? [...remainders, ...multiples] : remainders;
}

/** @param count how many counters there are: the values are as many, or twice as many. */
export function fromInt32s(values: readonly number[], count: number): number[] {
  return values.slice(0, count).map((remainder, i) => remainder + LIMIT * (values[count + i] ?? 0));
}
