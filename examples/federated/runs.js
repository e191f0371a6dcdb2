import { isDeepStrictEqual } from 'node:util';
import { methodsOf } from './methods.js';

const digestsOf = (told) => told.map(({ digest }) => digest);
const curveOf = (told) => told.map(({ step, sent, loss, accuracy }) => ({ step, sent, loss, accuracy }));

/**
 * @param figures of all clients, those of each client in their order.
 * @returns the runs to compare, with their figures by step: each client alone, and one for all clients of every other
 * method.
 * @throws Error unless clients that average have the same weights after every round.
 */
export function collectRuns(settings, figures) {
  return methodsOf(settings).flatMap(({ id: method, name, slowStep, rounds }) => {
    const byClient = Array.from({ length: settings.clients }, (_, client) =>
      figures.filter((figure) => figure.client === client && figure.method === method),
    );
    if (!slowStep) {
      return byClient.map((told, i) => ({ method, name: `client ${i + 1} ${name}`, rounds: 0, curve: curveOf(told) }));
    }
    const [first, ...others] = byClient;
    if (others.some((told) => !isDeepStrictEqual(digestsOf(told), digestsOf(first)))) {
      throw new Error(`The clients of '${name}' differ after a round, but must not.`);
    }
    return [{ method, name, rounds, curve: curveOf(first) }];
  });
}
