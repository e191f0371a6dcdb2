/** The step of every optimizer of tfjs on each backend, without any part of Node: the page in the browser runs the same. */
import { onEach } from '../backend.js';
import { efforts } from '../compare.js';
import { optimizers } from '../optimizers.js';
import { sets } from '../sets.js';
import { measureStep } from '../step.js';

const setNames = ['MLP 4-24-48-2', 'MLP 784-128-64-10', 'MobileNet-like', '500 tiny'];
const extents = {
  full: { names: setNames, sizes: [8, 10, 12, 14, 16, 18, 20, 22].map((power) => 2 ** power) },
  brief: { names: setNames.slice(0, 2), sizes: [2 ** 8, 2 ** 14, 2 ** 20] },
  short: { names: setNames.slice(0, 1), sizes: [2 ** 8, 2 ** 12] },
};

/** Ten optimizers are much to measure, and on `cpu` a step of tfjs takes up to two seconds. */
const shortened = ({ turns, turns_time }) => ({ turns: Math.min(turns, 3), turns_time: turns_time / 5 });

/** @param backends the names of those that are registered. */
export function plan({ backends, extent }) {
  const { names, sizes } = extents[extent];
  const effort = shortened(efforts[extent]);
  const items = names.flatMap((set) => Object.keys(optimizers).map((optimizer) => ({ set, optimizer })));
  return {
    tasks: {
      sets: onEach(backends, items, async ({ set, optimizer }) => ({
        set,
        optimizer,
        ...(await measureStep(optimizer, optimizers[optimizer], sets[set], effort)),
      })),
      sizes: onEach(backends, sizes, (n) => measureStep('Adam', optimizers.Adam, [[n]], effort)),
    },
  };
}
