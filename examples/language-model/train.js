import { setImmediate } from 'node:timers/promises';
import { lossOf } from './model.js';

/**
 * Trains several models in turns, a step each, so that other work on the machine slows all of them alike. A run whose
 * loss is not finite any more has diverged, and takes no further step.
 *
 * @param runs for each a model, what trains it, and its endless batches.
 * @param evaluateAt after which steps the slow weights are evaluated; by default none.
 * @param heldOut the windows to evaluate on.
 * @param onStep is called with the step and the results so far, each time all have taken it.
 * @returns for each the loss of every step, the milliseconds that each took, the validation losses with their steps, and
 * the step at which it diverged, or null.
 */
export async function train({ runs, steps, evaluateAt = [], heldOut, onStep, signal }) {
  const results = runs.map(() => ({ losses: [], milliseconds: [], validation: [], divergedAt: null }));
  for (let step = 1; step <= steps; ++step) {
    for (let turn = 0; turn < runs.length; ++turn) {
      const i = (turn + step) % runs.length; // none is always the first
      const { model, trainer, batches } = runs[i];
      const result = results[i];
      if (result.divergedAt !== null) continue;
      const start = performance.now();
      const cost = trainer.minimize(() => lossOf(model, batches.next().value));
      const [loss] = cost.dataSync();
      cost.dispose();
      result.milliseconds.push(performance.now() - start);
      result.losses.push(loss);
      const validation = evaluateAt.includes(step)
        ? trainer.withSlowWeights(() => evaluate(model, heldOut))
        : undefined;
      if (validation !== undefined) result.validation.push({ step, loss: validation });
      if (![loss, validation ?? 0].every(Number.isFinite)) result.divergedAt = step;
      // A step blocks, so a signal can be handled only between two steps.
      await setImmediate(undefined, { signal });
    }
    onStep?.(step, results);
  }
  return results;
}

/** Mean loss over all windows, in nats per character. */
export function evaluate(model, windows) {
  const loss = lossOf(model, windows);
  const [value] = loss.dataSync();
  loss.dispose();
  return value;
}
