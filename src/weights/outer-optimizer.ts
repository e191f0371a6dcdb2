import { dispose, type NamedTensorMap, type Optimizer, sub, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { checkStepped } from '../base/checks.js';
import { mistake } from '../base/errors.js';
import type { NamedTensor } from '../base/named-tensor.js';
import { classNameOf, goesByPosition, hasOwnList } from '../state/classes.js';
import { checkEntries, entriesOf, writeEntries, writeIterations } from '../state/entries.js';
import { disposeOptimizer, isDisposed } from '../state/life.js';
import { arrangeSlots } from '../state/slots.js';
import { isOnGPU } from '../update/update.js';

/**
 * The optimizer that steps the slow weights, with slow - fast as their gradient: what moved the weights in a cycle,
 * turned round, since an optimizer goes against its gradient. With momentum it is SlowMo (arXiv 1910.00643) or, with
 * Nesterov's, DiLoCo (arXiv 2311.08105).
 */
export class OuterOptimizer {
  readonly optimizer: Optimizer;

  constructor(optimizer: Optimizer) {
    this.optimizer = optimizer;
  }

  /** The name of its class; empty if it has none. */
  get className(): string {
    return classNameOf(this.optimizer);
  }

  /**
   * A slow weight whose fast one nothing has moved is left as it is, as a step leaves a variable without a gradient: with
   * a momentum, frozen layers would drift.
   *
   * @throws Error if the optimizer was disposed from outside; then nothing has changed. Or if it steps asynchronously.
   */
  step(slow: readonly Variable[], fast: readonly Variable[]): void {
    if (isDisposed(this.optimizer)) {
      throw mistake(
        "the 'outer' optimizer was disposed; nothing was merged. It belongs to its Lookahead, which disposes it: " +
          'make a new Lookahead, with an optimizer that is alive.',
      );
    }
    const gradients: Record<string, Tensor | null> = {};
    try {
      slow.forEach((weight, i) => {
        const gradient = pseudoGradient(weight, fast[i] as Variable);
        if (gradient || goesByPosition(this.optimizer)) gradients[weight.name] = gradient;
      });
      const isMoved = Object.values(gradients).some((gradient) => gradient);
      if (isMoved) checkStepped('outer', this.optimizer.applyGradients(gradients as NamedTensorMap));
    } finally {
      dispose(gradients as NamedTensorMap);
    }
  }

  /** The slow weights have new positions; see {@link arrangeSlots}. */
  arrange(from: readonly number[]): void {
    arrangeSlots(this.optimizer, from);
  }

  /** Whether it alone knows its state. Otherwise {@link entries} are all of it. */
  get isOpaque(): boolean {
    return hasOwnList(this.optimizer) && !goesByPosition(this.optimizer);
  }

  /** @throws Error if it neither lists its weights nor holds any: what its state is, nobody can tell. */
  checkCanBeSaved(): void {
    if (this.isOpaque || goesByPosition(this.optimizer) || this.entries.length > 0) return;
    throw mistake(
      `the outer optimizer${this.className && `, of class '${this.className}',`} cannot be saved, since it has ` +
        'neither getWeights() nor variables in its properties. Give it getWeights() and setWeights(); without a state, they ' +
        'return and take an empty list.',
    );
  }

  /** Its state. Not every slow weight has slots before its first merge. */
  get entries(): NamedTensor[] {
    return entriesOf(this.optimizer);
  }

  /**
   * Checks that these can be {@link write written}.
   *
   * @param shapes of the slow weights.
   */
  check(entries: readonly NamedTensor[], shapes: readonly number[][]): void {
    checkEntries(this.optimizer, entries, { role: 'outer', shapes, areAll: true });
  }

  /** Takes over {@link entries}, and how often it has stepped. */
  write(entries: readonly NamedTensor[], iterations: number): void {
    for (const slot of writeEntries(this.optimizer, entries, true)) slot.dispose();
    writeIterations(this.optimizer, iterations);
  }

  dispose(): void {
    disposeOptimizer(this.optimizer);
  }
}

/** slow - fast; null if it is zero. On a GPU, where to ask would make it wait, only what shares a buffer counts as that. */
function pseudoGradient(slow: Variable, fast: Variable): Tensor | null {
  if (slow.dataId === fast.dataId) return null;
  const gradient = sub<Tensor>(slow, fast);
  if (isOnGPU() || gradient.dataSync().some((value) => value !== 0)) return gradient;
  gradient.dispose();
  return null;
}
