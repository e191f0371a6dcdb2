/**
 * What an inner optimizer holds. The optimizers of tfjs keep their state in properties of their own: single variables
 * (Adam's `accBeta1`), and arrays of slots, one for each variable that they step, in the order they met them.
 */
import { type Optimizer, Tensor, Variable, variable } from '@tensorflow/tfjs-core';
import type { NamedTensor } from './lookahead.js';

export interface Slot {
  originalName: string;
  variable: Variable;
}

const isSlot = (value: unknown): value is Slot => (value as Slot | null)?.variable instanceof Variable;

/**
 * Every variable that the optimizer holds, in an order that depends on its class alone. The name is the property's, for a
 * slot followed by its own: `accumulatedFirstMoment/kernel/m`.
 */
export function heldVariables(inner: Optimizer): NamedTensor[] {
  return Object.entries(inner).flatMap(([property, value]: [string, unknown]) => {
    if (value instanceof Variable) return [{ name: property, tensor: value as Tensor }];
    if (!Array.isArray(value)) return [];
    return value
      .filter(isSlot)
      .map(({ originalName, variable }) => ({ name: `${property}/${originalName}`, tensor: variable as Tensor }));
  });
}

/**
 * Puts values where {@link heldVariables} found them, in an optimizer of the same class.
 *
 * @param areAll whether it held nothing else: slots that it has got since are disposed.
 */
export function restoreVariables(inner: Optimizer, values: readonly NamedTensor[], areAll: boolean): void {
  const properties = inner as unknown as Record<string, unknown>;
  const restored = new Map<string, number>();
  for (const { name, tensor } of values) {
    const [property = '', ...rest] = name.split('/');
    const held = properties[property];
    if (held instanceof Variable) held.assign(tensor);
    else if (Array.isArray(held)) {
      const i = restored.get(property) ?? 0;
      restored.set(property, i + 1);
      if (isSlot(held[i])) held[i].variable.assign(tensor);
      else held.push({ originalName: rest.join('/'), variable: variable(tensor, false) });
    }
  }
  if (!areAll) return;
  for (const [property, held] of Object.entries(properties)) {
    if (!Array.isArray(held) || !held.some(isSlot)) continue;
    for (const { variable } of held.splice(restored.get(property) ?? 0)) variable.dispose();
  }
}

/** All or nothing: that of SGD refuses slots after it has taken the iterations. */
export async function restoreListed(inner: Optimizer, listed: readonly NamedTensor[]): Promise<void> {
  const { iterations } = inner;
  try {
    await inner.setWeights([...listed]);
  } catch (error) {
    setIterations(inner, iterations);
    throw error;
  }
}

/** For an optimizer without a setWeights() of its own. */
export async function restoreIterations(inner: Optimizer, [iter]: readonly NamedTensor[]): Promise<void> {
  const [iterations] = (await (iter as NamedTensor).tensor.data()) as unknown as [number];
  setIterations(inner, iterations);
}

function setIterations(inner: Optimizer, iterations: number): void {
  (inner as unknown as { iterations_: number }).iterations_ = iterations;
}

/** The arrays of slots that hold a momentum: of Momentum, of Adam and Adamax (the first moment), of RMSProp. */
const momentumProperties = ['accumulations', 'accumulatedFirstMoment', 'accumulatedMoments'];

/** The optimizer's momentum, a slot for each variable it has stepped; null if its method has none. */
export function momentumSlots(inner: Optimizer): Slot[] | null {
  const properties = inner as unknown as Record<string, unknown>;
  if ('inner' in properties) return momentumSlots(properties.inner as Optimizer); // a Lookahead around the one that has it
  if (properties.momentum === 0) return null; // RMSProp keeps the slots even so
  const slots = momentumProperties.map((property) => properties[property]).find(Array.isArray);
  return slots ?? null;
}

export function isDisposed(inner: Optimizer): boolean {
  if ((inner as { isDisposed?: boolean }).isDisposed) return true;
  const tensors = Object.values(inner).filter((value): value is Tensor => value instanceof Tensor);
  return [...tensors, ...heldVariables(inner).map(({ tensor }) => tensor)].some(({ isDisposed }) => isDisposed);
}
