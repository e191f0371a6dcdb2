/**
 * The list of weights that a LookaheadOptimizer saves, in this order:
 *
 *     iter, kernel/m, ...                     what the inner optimizer's own getWeights() gives
 *     lookahead/inner/accBeta1, ...           what it leaves out
 *     lookahead/slow/0/kernel, ...            a slow weight for each variable, in the inner optimizer's order
 *     lookahead/momentum/0, ...               the cached momentum, in the same order
 *     lookahead/counts/Adam                   int32: the counters, and how many there are of each kind
 *
 * The last is found without knowing the others, and its name tells the class that the list fits. Where one Lookahead is
 * nested in another, the outer one's names begin with `lookahead/` once more, for names must be unique.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { checkValue, describe } from './checks.js';
import type { NamedTensor } from './lookahead.js';

const PREFIX = 'lookahead/';
const COUNTS = /^((?:lookahead\/)+)counts\/(.*)$/;

export interface SavedWeights {
  listed: readonly NamedTensor[];
  leftOut: readonly NamedTensor[];
  slow: readonly NamedTensor[];
  momentum: readonly NamedTensor[];
  step: number;
  stepsInCycle: number;
  /** Whether the inner optimizer has a getWeights() and a setWeights(); if not, `listed` is its `iter` alone. */
  listsItsOwn: boolean;
}

/** @param toTensor makes an int32 tensor, which the caller owns. */
export function pack(
  { listed, leftOut, slow, momentum, step, stepsInCycle, listsItsOwn }: SavedWeights,
  innerClass: string,
  toTensor: (counts: number[]) => Tensor,
): NamedTensor[] {
  let prefix = PREFIX;
  while (listed.some(({ name }) => name.startsWith(prefix))) prefix = PREFIX + prefix;
  const counts = [step, stepsInCycle, Number(listsItsOwn), leftOut.length, slow.length, momentum.length];
  return [
    ...listed,
    ...leftOut.map(({ name, tensor }) => ({ name: `${prefix}inner/${name}`, tensor })),
    ...slow.map(({ name, tensor }, i) => ({ name: `${prefix}slow/${i}/${name}`, tensor })),
    ...momentum.map(({ name, tensor }) => ({ name: `${prefix}momentum/${name}`, tensor })),
    { name: `${prefix}counts/${innerClass}`, tensor: toTensor(counts) },
  ];
}

/** The list of a bare inner optimizer is one of which Lookahead has counted nothing yet. */
export async function unpack(
  where: string,
  weights: readonly NamedTensor[],
  innerClass: string,
): Promise<SavedWeights> {
  const remedy = 'Pass what getWeights() returned, of this optimizer or of its inner optimizer alone.';
  if (!Array.isArray(weights) || weights.length === 0) {
    throw new Error(`${where}: 'weights' is ${describe(weights)}, but must be a list of named tensors. ${remedy}`);
  }
  for (const [i, weight] of weights.entries()) {
    const iter = { shape: [], dtype: 'int32' } as const;
    checkValue(where, `weights[${i}].tensor`, weight?.tensor, i === 0 ? iter : (weight?.tensor ?? iter));
    if (typeof weight.name !== 'string') {
      throw new Error(`${where}: 'weights[${i}].name' is ${describe(weight.name)}, but must be a string. ${remedy}`);
    }
  }

  const { name, tensor } = weights[weights.length - 1];
  const [, prefix = '', savedClass] = COUNTS.exec(name) ?? [];
  if (savedClass === undefined) {
    return { listed: weights, leftOut: [], slow: [], momentum: [], step: 0, stepsInCycle: 0, listsItsOwn: true };
  }
  if (savedClass !== innerClass) {
    throw new Error(
      `${where}: 'weights' are of a Lookahead around ${savedClass}, but this one is around ${innerClass}. ${remedy}`,
    );
  }
  checkValue(where, name, tensor, { shape: [6], dtype: 'int32' });
  const counts = [...(await tensor.data())];
  const [step, stepsInCycle, listsItsOwn, ...lengths] = counts as [number, number, number, number, number, number];
  const [leftOut, slow, momentum] = lengths;
  const listed = weights.length - 1 - leftOut - slow - momentum;
  if (listed < 1 || stepsInCycle < 0 || step < stepsInCycle) {
    throw new Error(`${where}: '${name}' is [${counts}], which a list of ${weights.length} does not fit. ${remedy}`);
  }
  const part = (from: number, length: number, prefixOf: (i: number) => string) =>
    weights.slice(from, from + length).map(({ name, tensor }, i) => {
      const start = prefix + prefixOf(i);
      if (!name.startsWith(start)) throw new Error(`${where}: '${name}' stands where '${start}...' must. ${remedy}`);
      return { name: name.slice(start.length), tensor };
    });
  return {
    listed: weights.slice(0, listed),
    leftOut: part(listed, leftOut, () => 'inner/'),
    slow: part(listed + leftOut, slow, (i) => `slow/${i}/`),
    momentum: part(listed + leftOut + slow, momentum, () => 'momentum/'),
    step,
    stepsInCycle,
    listsItsOwn: listsItsOwn === 1,
  };
}
