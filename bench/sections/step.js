/** The step of every optimizer of tfjs on each backend, without any part of Node: the page in the browser runs the same. */
import { onEach } from '../backend.js';
import { optimizers } from '../optimizers.js';
import { sets } from '../sets.js';
import { measureStep } from '../step.js';

const setNames = ['MLP 4-24-48-2', 'MLP 784-128-64-10', 'MobileNet-like', '500 tiny'];
const full = { names: setNames, sizes: [8, 10, 12, 14, 16, 18, 20, 22].map((power) => 2 ** power) };
const small = { names: setNames.slice(0, 1), sizes: [2 ** 8, 2 ** 12] };

/** Of ten optimizers there is much to measure, and on `cpu` a step of tfjs takes up to two seconds. */
const shortened = ({ turns, turns_time }) => ({ turns: Math.min(turns, 3), turns_time: turns_time / 5 });

/** @param backends the names of those that are registered. */
export function plan({ backends, short, effort }) {
  const { names, sizes } = short ? small : full;
  const items = names.flatMap((set) => Object.keys(optimizers).map((optimizer) => ({ set, optimizer })));
  return {
    tasks: {
      sets: onEach(backends, items, async ({ set, optimizer }) => ({
        set,
        optimizer,
        ...(await measureStep(optimizer, optimizers[optimizer], sets[set], shortened(effort))),
      })),
      sizes: onEach(backends, sizes, (n) => measureStep('Adam', optimizers.Adam, [[n]], shortened(effort))),
    },
  };
}
