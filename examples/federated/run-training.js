import { fileURLToPath } from 'node:url';
import { withProcesses } from './processes.js';

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));

/** In seconds; far longer than the start of a process, or a round, takes on a slow machine. */
const silence = 120;

/**
 * Runs a server and its clients until all clients are done.
 *
 * @param onFigures gets what a client tells after a round: the number of the client, and its figures.
 */
export function runTraining({ settings, signal, onFigures }) {
  const json = JSON.stringify(settings);
  return withProcesses({ silence, signal }, async (start) => {
    const tasks = new URL('tasks.js', import.meta.url).href;
    const url = await new Promise((resolve) => {
      start('server', pathOf('server.js'), [tasks, json], (message) => resolve(message.url));
    });
    const clients = Array.from({ length: settings.clients }, (_, i) =>
      start(`client ${i + 1}`, pathOf('client.js'), [url, i, json], (figures) => onFigures(i, figures)),
    );
    await Promise.all(clients.map(({ finished }) => finished));
  });
}
