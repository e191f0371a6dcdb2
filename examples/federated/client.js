/** A client, a process of its own: `client.js URL NUMBER SETTINGS`. */
import { train } from './train.js';

const [url, number, settings] = process.argv.slice(2);
await train({
  url,
  number: Number(number),
  settings: JSON.parse(settings),
  tell: (figures) => new Promise((resolve) => process.send(figures, resolve)),
});
// Timers of DISCO would keep the process alive.
process.exit();
