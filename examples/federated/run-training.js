import { fileURLToPath } from 'node:url';
import { withProcesses } from './processes.js';

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));

/** In seconds; far longer than the start of a process, or a round, takes on a slow machine that is busy too. */
const silence = 600;

/**
 * Runs a server and its clients until all clients are done.
 *
 * @param page the last client, if it is one: see `servePage`.
 * @param onFigures gets what a client tells after a round: the number of the client, from 0, and its figures.
 */
export function runTraining({ settings, page, signal, onFigures }) {
  const json = JSON.stringify(settings);
  return withProcesses({ silence, signal }, async (start) => {
    const tasks = new URL('tasks.js', import.meta.url).href;
    const url = await new Promise((resolve) => {
      start('server', pathOf('server.js'), [tasks, json], (message) => resolve(message.url));
    });
    const numbers = Array.from({ length: settings.clients }, (_, number) => number);
    await Promise.all(
      numbers.map((number) => {
        const tell = (figures) => onFigures(number, figures);
        if (page && number === numbers.at(-1)) return page.train({ url, number, settings, tell });
        return start(`client ${number + 1}`, pathOf('client.js'), [url, number, json], tell).finished;
      }),
    );
  });
}
