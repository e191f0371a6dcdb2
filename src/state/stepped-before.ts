/**
 * The variables of an optimizer that comes with a state, since it was in use before, or was restored alone. A Lookahead around
 * it takes them at its first step, so that each keeps its slots whatever is listed from then on.
 */
import { engine, type Optimizer, util, type Variable } from '@tensorflow/tfjs-core';
import { isAlive } from '../base/checks.js';
import { goesByPosition } from './classes.js';
import { declared } from './own-optimizers.js';
import { areToldByName, matchSaved } from './positions.js';
import { ownerName, type Slot, slotArrays } from './slots.js';

interface SteppedBefore {
  /** By the positions of their slots, without those of variables that are gone. */
  readonly variables: readonly Variable[];
  /** The positions of slots whose variables are gone. */
  readonly gone: readonly number[];
}

/**
 * One of this package knows its variables, or after a restore their names. One of tfjs goes by position, and its slots have
 * the names of variables: where these tell, they do, and else there are none, so that it goes by position as it does alone.
 *
 * @param listed the variables of the first step, or those that the user adds.
 * @throws Error if what was restored, of one of this package, cannot be matched with the variables.
 */
export function steppedBefore(optimizer: Optimizer, listed: readonly Variable[]): SteppedBefore {
  const [[, all] = ['', []]] = goesByPosition(optimizer) ? slotArrays(optimizer) : [];
  const isGone = ({ owner }: Slot) => owner !== undefined && !isAlive(owner);
  const slots = all.filter((slot) => !isGone(slot));
  const gone = all.flatMap((slot, position) => (isGone(slot) ? [position] : []));
  const names = slots.map(({ originalName }) => ownerName(originalName));
  const owners = slots.flatMap(({ owner }) => owner ?? []);
  if (slots.length === owners.length) return { variables: owners, gone };
  if (declared.has(optimizer)) return { variables: matchSaved(names, listed, true, 'optimizer.add(variables)'), gone };
  const { registeredVariables } = engine();
  const variables = slots.flatMap(({ variable: { shape } }, i) => {
    const found = registeredVariables[names[i] as string];
    return found && util.arraysEqual(found.shape, shape) ? [found] : [];
  });
  const doTell = areToldByName(names, listed) && variables.length === slots.length;
  return { variables: doTell ? variables : [], gone };
}
