import { setImmediate } from 'node:timers/promises';
import { UserError } from '../../tools/errors.js';
import { lossOf } from './model.js';

/**
 * Trains several models in turns, a step each, so that other work on the machine slows all of them alike.
 *
 * @param runs for each a model, what trains it, and its endless batches.
 * @param onStep is called with the losses so far, each time all have taken a step.
 * @returns for each the loss of every step, and the seconds that its steps took.
 */
export async function train({ runs, steps, onStep, signal }) {
  const results = runs.map(() => ({ losses: [], seconds: 0 }));
  for (let step = 1; step <= steps; ++step) {
    for (let turn = 0; turn < runs.length; ++turn) {
      const i = (turn + step) % runs.length; // none is always the first
      const { model, trainer, batches } = runs[i];
      const start = performance.now();
      const cost = trainer.minimize(() => lossOf(model, batches.next().value));
      const [loss] = cost.dataSync();
      cost.dispose();
      results[i].seconds += (performance.now() - start) / 1000;
      if (!Number.isFinite(loss)) throw new UserError(`the loss is ${loss} at step ${step}: lower --lr`);
      results[i].losses.push(loss);
      // A step blocks, so a signal can be handled only between two steps.
      await setImmediate(undefined, { signal });
    }
    onStep(results.map(({ losses }) => losses));
  }
  return results;
}

/** Mean loss over all windows, in nats per character. */
export async function evaluate({ model, batches, signal }) {
  let sum = 0;
  for (const batch of batches) {
    const loss = lossOf(model, batch);
    sum += loss.dataSync()[0] * batch.length;
    loss.dispose();
    await setImmediate(undefined, { signal });
  }
  return sum / batches.flat().length;
}
