/**
 * Where the slots of an optimizer have to go, so that each position has those of its variable. An optimizer of tfjs goes by
 * position alone. One of this package knows whose its slots are, or, where they were restored, their names: it may come with a
 * state, since it was in use before, and with slots of variables that are not looked ahead.
 */
import { engine, type Optimizer, util, type Variable } from '@tensorflow/tfjs-core';
import { isAlive } from '../base/checks.js';
import { declared } from './own-optimizers.js';
import { matchSaved, placesIn } from './positions.js';
import { arrangeSlots, fillHoles, lengthOfSlots, ownerName, propertiesOf, type Slot } from './slots.js';

/** The variables by position: before, with those that are gone, and after. */
interface Positions {
  readonly before: readonly Variable[];
  readonly after: readonly Variable[];
  /** The positions that are there no more. */
  readonly removed: readonly number[];
}

/**
 * @param listed the variables of the step, or those that the user adds.
 * @returns for each position the one where its slots are now, or where there are none; then those of all others.
 * @throws Error if slots that were restored cannot be matched with the variables.
 */
export function slotPlaces(
  optimizer: Optimizer,
  { before, after, removed }: Positions,
  listed: readonly Variable[],
): number[] {
  const all = Array.from({ length: Math.max(lengthOfSlots(optimizer), before.length) }, (_, place) => place);
  const { property = '' } = declared.get(optimizer) ?? {};
  const slots = Array.from((propertiesOf(optimizer)[property] ?? []) as (Slot | undefined)[]);
  if (slots.length === 0) return all.filter((place) => !removed.includes(place));
  const nameOf = (slot: Slot | undefined) => ownerName(slot?.originalName ?? '');
  const isRestored = before.length === 0 && listed.length > 0 && !slots.some((slot) => slot?.owner);
  const haveSlots = new Set(slots.map((slot) => slot?.owner));
  const ownerOf = (slot: Slot | undefined, place: number): Variable | undefined => {
    const [known, taker] = [before[place], after[place]];
    const isTaken = slot && taker && known && !isAlive(known) && !removed.includes(place) && !haveSlots.has(taker);
    if (isTaken && util.arraysEqual(slot.variable.shape, taker.shape)) return taker;
    return slot?.owner ?? known ?? engine().registeredVariables[nameOf(slot)];
  };
  const owners = isRestored
    ? matchSaved(slots.map(nameOf), listed, true, 'optimizer.add(variables)')
    : slots.map(ownerOf);
  const inOrder = placesIn<Variable | undefined>(owners, after);
  const places = inOrder.map((place, i) => (place < 0 && i >= slots.length ? i : place)); // where there is none yet
  const found = new Set(places);
  const isAnothers = (place: number) => !found.has(place) && (!owners[place] || isAlive(owners[place]));
  return [...places, ...all.filter(isAnothers)];
}

/** Moves slots to the places that {@link slotPlaces} found. One of this package has no gaps between them after it. */
export function moveSlots(optimizer: Optimizer, places: readonly number[], positions: readonly Variable[]): void {
  if (places.length >= lengthOfSlots(optimizer) && places.every((place, i) => place === i)) return;
  arrangeSlots(optimizer, places);
  if (declared.has(optimizer)) fillHoles(optimizer, positions);
}
