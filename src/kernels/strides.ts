/** A dimension that is walked through in two tensors at once: its size, and the step in each, in bytes. */
export type Dimension = readonly [size: number, step: number, otherStep: number];

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
 * The same walk in as few dimensions as possible: a dimension goes into the one after it if both tensors are read on from
 * there, and those of size 1 are dropped.
 */
export function merged(dimensions: readonly Dimension[]): Dimension[] {
  const kept: Dimension[] = []; // the innermost first
  for (let i = dimensions.length - 1; i >= 0; --i) {
    const outer = dimensions[i] as Dimension;
    const [size, step, otherStep] = outer;
    if (size === 1) continue;
    const inner = kept.at(-1);
    if (inner && step === inner[0] * inner[1] && otherStep === inner[0] * inner[2]) {
      kept[kept.length - 1] = [inner[0] * size, inner[1], inner[2]];
    } else {
      kept.push(outer);
    }
  }
  return kept.reverse();
}
