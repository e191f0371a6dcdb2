/** A server of DISCO, a process of its own: `server.js MODULE [ARGUMENT...]`, where the module makes the tasks. */
import { Server } from 'server';

const [module, ...args] = process.argv.slice(2);
const { makeTasks } = await import(module);
const [, url] = await new Server().serve(0, ...makeTasks(...args));
process.send({ url: url.href });
