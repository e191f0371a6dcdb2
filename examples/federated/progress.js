import { withProgress } from '../../tools/progress.js';
import { methodsOf } from './methods.js';

/**
 * Shows the progress of the clients while they train.
 *
 * @param work gets a function to call with the number of a client and its figures after a round.
 * @returns all figures, each with the number of its client.
 */
export async function withLosses(settings, work) {
  const methods = methodsOf(settings);
  const total = methods.length * settings.steps * settings.clients;
  const format = 'Training {bar} {percentage} %  {method} {loss}  {duration_formatted} gone, {left} left';
  const figures = [];
  const done = new Map();
  await withProgress({ format, total, initial: { method: 'processes start', loss: '' } }, (tell) =>
    work((client, figure) => {
      figures.push({ client, ...figure });
      done.set(`${figure.method} ${client}`, figure.step);
      const steps = [...done.values()].reduce((one, other) => one + other);
      const { name } = methods.find(({ id }) => id === figure.method);
      tell(steps, { method: name, loss: figure.loss.toFixed(3) });
    }),
  );
  return figures;
}
