import { markdownTable } from '../../tools/markdown-table.js';
import { batchSize } from './methods.js';

export const formatSettings = ({ clients, inner, lr, steps, localSteps, seed }) =>
  `${clients} clients, ${inner} ${lr}, ${steps} steps of ${batchSize} rows, ${localSteps} local steps, seed ${seed}`;

export const formatHeading = (settings) =>
  `Federated training with DISCO: ${formatSettings(settings)}\nThe loss is that of rows that no client has, with every class equally often.`;

const formatBytes = (bytes) => (bytes === 0 ? '0' : `${(bytes / 1000).toFixed(0)} KB`);

/** The last figures whose bytes fit in a budget. */
const within = (curve, budget) => curve.findLast(({ sent }) => sent <= budget);

/** Every run at its end, and when it had sent no more than the run that sends least. */
export function formatTable(runs) {
  const budget = Math.min(...runs.map(({ curve }) => curve.at(-1).sent).filter((sent) => sent > 0));
  return markdownTable(
    ['', 'rounds', 'sent by each client', 'loss', 'accuracy', `loss after ${formatBytes(budget)}`],
    runs.map(({ name, rounds, curve }) => {
      const { sent, loss, accuracy } = curve.at(-1);
      return [
        name,
        rounds,
        formatBytes(sent),
        loss.toFixed(3),
        `${(100 * accuracy).toFixed(1)} %`,
        within(curve, budget).loss.toFixed(3),
      ];
    }),
  );
}
