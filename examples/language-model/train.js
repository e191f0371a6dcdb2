import { setImmediate } from 'node:timers/promises';
import { UserError } from './errors.js';
import { lossOf } from './model.js';

/**
 * Steps `trainer` over the first `steps` of `batches`.
 *
 * @returns the loss of every step, and the seconds that all took.
 */
export async function train({ model, trainer, batches, steps, onStep, signal }) {
  const losses = [];
  const start = performance.now();
  for (const batch of batches) {
    const cost = trainer.minimize(() => lossOf(model, batch));
    const [loss] = cost.dataSync();
    cost.dispose();
    if (!Number.isFinite(loss)) throw new UserError(`the loss is ${loss} at step ${losses.length + 1}: lower --lr`);
    losses.push(loss);
    onStep(losses);
    // A step blocks: only between two can a signal be handled.
    await setImmediate(undefined, { signal });
    if (losses.length === steps) break;
  }
  return { losses, seconds: (performance.now() - start) / 1000 };
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
