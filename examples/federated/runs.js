import { methodsOf } from './methods.js';

/**
 * @param figures of all clients.
 * @returns the runs to compare, with their figures by step: each client alone, and one for all clients of every other
 * method.
 * @throws Error unless clients that average have the same weights after every round.
 */
export function collectRuns(settings, figures) {
  return methodsOf(settings).flatMap(({ id, name, slowStep, rounds }) => {
    const byClient = Array.from({ length: settings.clients }, (_, client) =>
      figures
        .filter((figure) => figure.client === client && figure.method === id)
        .map(({ step, sent, loss, accuracy }) => ({ step, sent, loss, accuracy })),
    );
    if (!slowStep)
      return byClient.map((curve, i) => ({ method: id, name: `client ${i + 1} ${name}`, rounds: 0, curve }));
    const [curve, ...others] = byClient;
    if (others.some((other) => JSON.stringify(other) !== JSON.stringify(curve))) {
      throw new Error(`The clients of '${name}' differ after a round, but must not.`);
    }
    return [{ method: id, name, rounds, curve }];
  });
}
