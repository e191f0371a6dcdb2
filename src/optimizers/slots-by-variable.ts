import { engine, type Optimizer, type Tensor, util, type Variable } from '@tensorflow/tfjs-core';
import { checkValue, isAlive } from '../base/checks.js';
import { release } from '../base/share.js';
import { isOwned } from '../state/life.js';
import { matchSaved, placesIn } from '../state/positions.js';
import { newSlot, ownerName, propertiesOf, type Slot } from '../state/slots.js';

/** A property of the optimizer that holds an array of slots, and the suffix of their names. */
export type Kind = readonly [property: string, suffix: string];

/** Whether the variable of a slot may be alive. */
export const isOfAlive = ({ owner }: Slot): boolean => !owner || isAlive(owner);

/**
 * The slots of an optimizer of this package, which knows for each the variable that it is of. They are where those of
 * tfjs's optimizers are: in arrays that run in parallel, so a Lookahead around it may move them. One that was restored has no
 * owner until the next step. A variable that is listed twice has two slots of each kind, as in tfjs.
 */
export class SlotsByVariable {
  readonly #optimizer: Optimizer;
  readonly #kinds: readonly Kind[];

  constructor(optimizer: Optimizer, kinds: readonly Kind[]) {
    this.#optimizer = optimizer;
    this.#kinds = kinds;
    for (const [property] of kinds) propertiesOf(optimizer)[property] = [];
  }

  /** All slots, one kind after the other. */
  get all(): Slot[] {
    return this.#arrays.flat();
  }

  /**
   * The slots of each variable, one of each kind. Those of variables that are gone go; those that are missing are made.
   *
   * @param made gets those.
   * @throws Error if slots that were restored cannot be matched with the variables.
   */
  of(listed: readonly Variable[], made: Set<Slot>): Slot[][] {
    const [first = []] = this.#arrays;
    if (first.some(({ owner }) => !owner)) this.#meet(listed);
    const hasGone = !first.every(isOfAlive);
    if (hasGone) this.#vacate((slot) => !isOfAlive(slot));
    const isUsual = !hasGone && listed.length === first.length && listed.every((each, i) => first[i]?.owner === each);
    const positions = isUsual ? [...listed.keys()] : positionsOf(listed, this.#arrays[0] ?? []);
    const rows = listed.map((owner, i) => this.#row(owner, positions[i] as number, made));
    if (hasGone) this.keep(() => true);
    return rows;
  }

  /** Disposes those that do not stay, and closes gaps. */
  keep(stays: (slot: Slot) => boolean): void {
    this.#vacate((slot) => !stays(slot));
    for (const slots of this.#arrays) slots.splice(0, slots.length, ...slots.filter(Boolean));
  }

  get #arrays(): Slot[][] {
    return this.#kinds.map(([property]) => propertiesOf(this.#optimizer)[property] as Slot[]);
  }

  #vacate(goes: (slot: Slot) => boolean): void {
    for (const slots of this.#arrays) {
      slots.forEach((slot, position) => {
        if (!goes(slot)) return;
        release(slot.variable);
        delete slots[position];
      });
    }
  }

  #row(owner: Variable, position: number, made: Set<Slot>): Slot[] {
    return this.#arrays.map((slots, i) => {
      const present = slots[position];
      if (present) return present;
      const slot = { ...newSlot(owner, (this.#kinds[i] as Kind)[1], 0), owner };
      slots[position] = slot;
      made.add(slot);
      return slot;
    });
  }

  /**
   * Finds the owners of slots that were restored. A Lookahead around has moved those of the variables that it knows to their
   * positions.
   */
  #meet(listed: readonly Variable[]): void {
    const arrays = this.#arrays;
    const [first = []] = arrays;
    const waiting = [...first.keys()].filter((position) => first[position] && !first[position].owner);
    const names = waiting.map((position) => ownerName((first[position] as Slot).originalName));
    const unlisted = (position: number, i: number) => {
      const found = engine().registeredVariables[names[i] as string];
      const { shape } = (first[position] as Slot).variable;
      return found && !listed.includes(found) && util.arraysEqual(found.shape, shape) ? found : undefined;
    };
    const owners: (Variable | undefined)[] = isOwned(this.#optimizer)
      ? waiting.map((position, i) => listed[position] ?? unlisted(position, i))
      : matchSaved(names, listed, true, 'take a step of all of them before you freeze any');
    const met = arrays.flatMap((slots) =>
      waiting.flatMap((position, i) => {
        const [slot, owner] = [slots[position], owners[i]];
        return slot && owner ? [{ slot, owner }] : [];
      }),
    );
    for (const { slot, owner } of met) checkValue(slot.originalName, slot.variable as Tensor, owner, REMEDY);
    for (const { slot, owner } of met) slot.owner = owner;
  }
}

const REMEDY = 'It was saved for another model: make a new optimizer for this one.';

/**
 * A new variable takes the position that it has in the list, since a Lookahead around goes by that, or else the next that
 * is free.
 */
function positionsOf(listed: readonly Variable[], slots: readonly (Slot | undefined)[]): number[] {
  const owners = slots.map((slot) => slot?.owner);
  const positions = placesIn(owners, listed);
  const taken = new Set(positions);
  const isFree = (position: number) => !slots[position] && !taken.has(position);
  return positions.map((position, i) => {
    if (position >= 0) return position;
    let next = isFree(i) ? i : 0;
    while (!isFree(next)) ++next;
    taken.add(next);
    return next;
  });
}
