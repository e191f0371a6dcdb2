/** A dimension that is walked through in several tensors at once: its size, and the step of each, in bytes. */
export type Dimension = readonly [size: number, ...steps: number[]];

/** The steps of a shape, in bytes of its elements, which have four each. */
export function stepsOf(shape: readonly number[]): number[] {
  const steps = new Array<number>(shape.length);
  for (let i = shape.length - 1, step = 4; i >= 0; --i) {
    steps[i] = step;
    step *= shape[i] as number;
  }
  return steps;
}

/**
 * The same walk in as few dimensions as possible: a dimension goes into the one after it if every tensor is read on from
 * there, and those of size 1 are dropped.
 */
export function merged(dimensions: readonly Dimension[]): Dimension[] {
  const kept: Dimension[] = []; // the innermost first
  for (let i = dimensions.length - 1; i >= 0; --i) {
    const outer = dimensions[i] as Dimension;
    if (outer[0] === 1) continue;
    const inner = kept.at(-1);
    if (inner?.every((step, t) => t === 0 || outer[t] === inner[0] * step)) {
      kept[kept.length - 1] = [inner[0] * outer[0], ...inner.slice(1)];
    } else {
      kept.push(outer);
    }
  }
  return kept.reverse();
}
