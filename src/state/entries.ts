/**
 * The state of an optimizer, inner or outer, tfjs's or the user's: read, checked, written, and put back.
 *
 * An entry is a variable that the optimizer holds, named by where it is: by its property, `accBeta1`, or for a slot by the
 * property, the position and the slot's own name, `accumulatedFirstMoment/0/kernel/m`. Not every position has one.
 */

import { keep, type Optimizer, type Tensor, tidy, Variable, variable } from '@tensorflow/tfjs-core';
import { checkValue, isCount } from '../base/checks.js';
import { mistake } from '../base/errors.js';
import type { NamedTensor } from '../base/named-tensor.js';
import { share } from '../base/share.js';
import { classNameOf, goesByPosition, hasOwnList } from './classes.js';
import { declared } from './own-optimizers.js';
import { areSlots, isSlot, ownerName, propertiesOf, type Slot, slotArrays } from './slots.js';

export interface State {
  /** The list of an optimizer that {@link hasOwnList}. */
  readonly listed: readonly NamedTensor[];
  /** The entries that are not in this list: all, if there is none. */
  readonly entries: readonly NamedTensor[];
}

/** Every entry, in an order that depends on the class alone. */
export const entriesOf = (optimizer: Optimizer): NamedTensor[] =>
  Object.entries(optimizer).flatMap(([property, held]: [string, unknown]): NamedTensor[] => {
    if (held instanceof Variable) return [{ name: property, tensor: held }];
    if (!areSlots(held)) return [];
    return held.map(({ originalName, variable }, i) => ({
      name: `${property}/${i}/${originalName}`,
      tensor: variable,
    }));
  });

function placeOf(name: string): [property: string, position?: number, slotName?: string] {
  const [property = '', position, ...slotName] = name.split('/');
  if (position === undefined) return [property];
  return [property, /^(0|[1-9]\d*)$/.test(position) ? Number(position) : Number.NaN, slotName.join('/')];
}

export type Role = 'inner' | 'outer';

/** Whether its entries are its state. One of a class of the user's own without entries may have none, or keep it elsewhere. */
export const isReadable = (optimizer: Optimizer): boolean =>
  !hasOwnList(optimizer) && (goesByPosition(optimizer) || entriesOf(optimizer).length > 0);

/** @throws Error if the optimizer neither lists its weights nor holds any. Nobody can tell then what its state is. */
export function checkCanBeSaved(role: Role, optimizer: Optimizer): void {
  if (hasOwnList(optimizer) || isReadable(optimizer)) return;
  const className = classNameOf(optimizer);
  throw mistake(
    `the ${role} optimizer${className && `, of class '${className}',`} cannot be saved, since it has ` +
      'neither getWeights() nor variables in its properties. Give it getWeights() and setWeights(); without a state, they ' +
      'return and take an empty list.',
  );
}

/**
 * The state at this moment, as the variables themselves.
 *
 * @param listed the list of an optimizer that {@link hasOwnList}.
 */
export function readState(optimizer: Optimizer, listed: readonly NamedTensor[] = []): State {
  const isListed = new Set(listed.map(({ tensor }) => tensor));
  return { listed, entries: entriesOf(optimizer).filter(({ tensor }) => !isListed.has(tensor)) };
}

/**
 * @param kind of optimizer: its role or its class, for a message.
 * @param shapes of the variables by position, if they are known.
 * @throws Error unless each entry has a place of its own in the optimizer, and fits it. Without a list of its own, also if
 * an entry is missing.
 */
export function checkEntries(
  kind: string,
  optimizer: Optimizer,
  entries: readonly NamedTensor[],
  shapes?: readonly (number[] | undefined)[],
): void {
  const fail = (problem: string) => {
    throw mistake(`${problem}. Pass what getWeights() returned for one like it.`);
  };
  const held = new Map<string, unknown>(Object.entries(optimizer));
  const areByPosition = goesByPosition(optimizer); // one of the user's own may hold slots of any name, shape and number
  const { length } = areByPosition && shapes ? shapes : entries;
  /** By property, the positions that are there. */
  const found = new Map<string, Set<number | undefined>>();
  /** By position, the variable whose slots are there. */
  const owners = new Map<number, { owner: string; shape: number[] }>();
  for (const { name, tensor } of entries) {
    const [property, position, slotName = ''] = placeOf(name);
    const place = held.get(property);
    if (place instanceof Variable && position === undefined) checkValue(name, tensor, place);
    else if (Array.isArray(place) && position !== undefined && position < length) {
      if (areByPosition) {
        const owner = ownerName(slotName);
        const known = owners.get(position) ?? { owner, shape: shapes?.[position] ?? tensor.shape };
        owners.set(position, known);
        checkValue(name, tensor, { shape: known.shape, dtype: 'float32' });
        if (owner !== known.owner) fail(`'${name}' stands where a slot of '${known.owner}' must`);
      }
    } else fail(`'${name}' has no place in the ${kind} optimizer`);
    const positions = found.get(property) ?? new Set();
    if (positions.has(position)) fail(`'${name}' comes twice`);
    found.set(property, positions.add(position));
  }
  if (hasOwnList(optimizer)) return;
  const lacking = [...held].flatMap(([property, place]) => {
    const positions = found.get(property);
    if (place instanceof Variable) return positions ? [] : [property];
    if (!positions) return [];
    // A variable has its slots in all arrays, or none before its first step.
    return [...owners.keys()]
      .filter((position) => !positions.has(position))
      .map((position) => `${property}/${position}`);
  });
  if (lacking.length > 0) fail(`'weights' lack '${lacking[0]}' of the ${kind} optimizer`);
}

/**
 * Writes entries that were {@link checkEntries checked}.
 *
 * @param areAll whether to drop all other slots.
 * @returns slots that others have replaced, to be disposed when they are not to be put back.
 */
export function writeEntries(
  optimizer: Optimizer,
  entries: readonly NamedTensor[],
  areAll = !hasOwnList(optimizer),
): Variable[] {
  const properties = propertiesOf(optimizer);
  const written = new Map<string, Slot[]>(areAll ? slotArrays(optimizer).map(([property]) => [property, []]) : []);
  tidy(() => {
    for (const { name, tensor } of entries) {
      const [property, position, originalName = ''] = placeOf(name);
      if (position === undefined) {
        (properties[property] as Variable).assign(share(tensor)); // shared, since it may be the variable itself
        continue;
      }
      const slots = written.get(property) ?? [];
      slots[position] = { originalName, variable: variable(tensor, false) };
      written.set(property, slots);
    }
  });
  const replaced = [...written.keys()].flatMap((property) => properties[property] as Slot[]); // flatMap skips holes
  for (const [property, slots] of written) properties[property] = slots;
  return replaced.map(({ variable }) => variable);
}

/** The number of steps that it tells. One of the user's own may tell anything. */
export const iterationsOf = ({ iterations }: Optimizer): number => (isCount(iterations) ? iterations : 0);

export function writeIterations(optimizer: Optimizer, iterations: number): void {
  propertiesOf(optimizer).iterations_ = iterations;
}

/**
 * Writes what {@link readState} read, of an optimizer of the same class.
 *
 * @param iterations of the same moment as all else. Left out, `listed` is a list of the bare optimizer.
 * @returns as {@link writeEntries} does.
 * @throws Error if something does not fit; it may be half done then, so {@link rememberState} first.
 */
export async function writeState(
  optimizer: Optimizer,
  { listed, entries }: State,
  iterations?: number,
): Promise<Variable[]> {
  const isOwn = hasOwnList(optimizer);
  const replaced: Variable[] = [];
  if (isOwn || iterations === undefined) {
    // Those of tfjs leave the slots that they replace alone: they may be in a list of the user's.
    const slots = declared.has(optimizer) ? slotArrays(optimizer).flatMap(([, slots]) => slots) : [];
    replaced.push(...slots.map(({ variable }) => variable));
    await optimizer.setWeights([...listed]);
  }
  if (iterations === undefined) return replaced;
  if (!isOwn || goesByPosition(optimizer)) writeIterations(optimizer, iterations);
  return [...replaced, ...writeEntries(optimizer, entries)];
}

/** Keeps the whole state, so that it can be put back if what comes next fails. */
export function rememberState(optimizer: Optimizer): { putBack(): void; forget(): void } {
  // A class may put other variables into its arrays, or into its slots.
  const copyOf = (slot: unknown) => (isSlot(slot) ? { ...slot } : slot);
  const properties = new Map(
    Object.entries(optimizer).map(([name, value]: [string, unknown]) => [
      name,
      { value, items: Array.isArray(value) && !Object.isFrozen(value) ? value.map(copyOf) : null },
    ]),
  );
  const before = entriesOf(optimizer).map(({ tensor }) => ({ held: tensor, value: keep(share(tensor)) }));
  const forget = () => {
    for (const { value } of before) value.dispose();
  };
  return {
    forget,
    putBack() {
      const after = entriesOf(optimizer);
      const now = propertiesOf(optimizer);
      for (const name of Object.keys(now)) if (!properties.has(name)) delete now[name];
      for (const [name, { value, items }] of properties) {
        if (now[name] !== value) now[name] = value; // there may be nothing but a getter
        if (items) Object.assign(value as unknown[], items).length = items.length;
      }
      const isHeld = new Set<Tensor>(before.map(({ held }) => held));
      for (const { tensor } of after) if (!isHeld.has(tensor)) tensor.dispose();
      for (const { held, value } of before) (held as Variable).assign(value);
      forget();
    },
  };
}
