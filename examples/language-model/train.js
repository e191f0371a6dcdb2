import { setImmediate } from 'node:timers/promises';
import { registerTrainingKernels, unregisterTrainingKernels } from 'tfjs-lookahead';
import { lossOf } from './model.js';

/**
 * Trains several models in turns, so that other work on the machine slows all of them alike: the next step is that of the
 * run that has come the least far. A run whose loss is not finite any more has diverged, and takes no further step.
 *
 * @param runs for each a model, what trains it, and its endless batches.
 * @param plan.steps or `plan.seconds`: what each run takes. Evaluations take none of its seconds.
 * @param plan.evaluations how often each is evaluated, evenly spaced, at last at its end.
 * @param heldOut the windows to evaluate on, with the slow weights if there are any.
 * @param onStep is called with the share that is done, and the results so far.
 * @returns for each the loss of every step, the milliseconds that each took, the losses of held-out text with the steps
 * and seconds before them, and the step at which it diverged, or null.
 */
export async function train({ runs, plan, heldOut, onStep, signal }) {
  const results = runs.map(() => ({ losses: [], milliseconds: [], seconds: 0, heldOut: [], divergedAt: null }));
  const shareOf = ({ losses, seconds, divergedAt }) =>
    divergedAt === null ? Math.min(1, plan.steps ? losses.length / plan.steps : seconds / plan.seconds) : 1;
  for (;;) {
    const shares = results.map(shareOf);
    const i = shares.indexOf(Math.min(...shares));
    if (shares[i] === 1) return results;
    const [{ model, trainer, batches }, result] = [runs[i], results[i]];
    (trainer.hasKernels ? registerTrainingKernels : unregisterTrainingKernels)();
    const start = performance.now();
    const cost = trainer.minimize(() => lossOf(model, batches.next().value));
    const [loss] = cost.dataSync();
    cost.dispose();
    const milliseconds = performance.now() - start;
    result.milliseconds.push(milliseconds);
    result.seconds += milliseconds / 1000;
    result.losses.push(loss);
    if (!Number.isFinite(loss)) result.divergedAt = result.losses.length;
    else if (shareOf(result) * plan.evaluations >= result.heldOut.length + 1) {
      const { seconds, losses } = result;
      const value = trainer.withSlowWeights(() => evaluate(model, heldOut));
      if (Number.isFinite(value)) result.heldOut.push({ step: losses.length, seconds, loss: value });
      else result.divergedAt = losses.length;
    }
    onStep?.(results.reduce((sum, each) => sum + shareOf(each), 0) / runs.length, results);
    // A step blocks, so a signal can be handled only between two steps.
    await setImmediate(undefined, { signal });
  }
}

/** Mean loss over all windows, in nats per character. With the kernels it is the same, and takes less time. */
export function evaluate(model, windows) {
  registerTrainingKernels();
  const loss = lossOf(model, windows);
  const [value] = loss.dataSync();
  loss.dispose();
  return value;
}
