/**
 * The server and the clients load this first, with `--import`. With it they find DISCO where it is installed, and end
 * with the program that started them, however that ends.
 */
import { resolveFrom } from '../../tools/resolve-from.js';
import { folder, packages } from './packages.js';

resolveFrom(folder, packages);
process.once('disconnect', () => process.exit());
// Ctrl-C reaches every process at the terminal. The program that started this one then ends it.
process.on('SIGINT', () => {});
