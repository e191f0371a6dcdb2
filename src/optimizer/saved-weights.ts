/**
 * The list of weights that a LookaheadOptimizer saves, in this order:
 *
 *     iter, kernel/m, ...                       what the inner optimizer's own getWeights() gives, which may be nothing
 *     lookahead:1/inner/accBeta1, ...           what it leaves out
 *     lookahead:1/slow/0/kernel, ...            a slow weight for each variable, in the inner optimizer's order
 *     lookahead:1/momentum/0, ...               the cached momentum, in the same order
 *     lookahead:1/outer/accumulations/0/...     what the outer optimizer holds
 *     lookahead:1/counts/Adam/outer/Momentum    int32: the counters, and how many entries there are of each kind
 *
 * The last is found without knowing the others, and its name tells the classes of the optimizers that the list fits. The
 * number is that of the format. Where one Lookahead is nested in another, the outer one's names begin with
 * `lookahead:1/` once more, since names must be unique.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { checkValue, describe } from '../checks.js';
import { fromInt32s } from '../counters.js';
import type { NamedTensor } from '../named-tensor.js';
import type { InnerState } from './inner-state.js';

/** It changes with what the entries are, or mean. */
const FORMAT = 1;
/** With a colon, for a layer may be named `lookahead`. */
const PREFIX = `lookahead:${FORMAT}/`;
const ENTRY = /^lookahead:(\d+)\//;
const COUNTS = /^((?:lookahead:\d+\/)+)counts\/(.*)$/;
const COUNT = 12;

export interface SavedWeights extends InnerState {
  /** Of the inner optimizer. */
  readonly iterations: number;
  readonly slow: readonly NamedTensor[];
  readonly momentum: readonly NamedTensor[];
  readonly outer: readonly NamedTensor[];
  readonly outerIterations: number;
  readonly step: number;
  readonly stepsInCycle: number;
  readonly restores: number;
  readonly restoresInARow: number;
  /** Whether the program lists the variables in another order than that of the slow weights. */
  readonly isOutOfOrder: boolean;
  /** Whether the list is of the inner optimizer alone, without Lookahead. */
  readonly isBare: boolean;
}

/** What a saved list says of the optimizers. */
export interface Kind {
  /** Of the inner optimizer and, if there is one, of the outer one: 'Adam/outer/Momentum'. */
  readonly className: string;
  /** Whether what the inner optimizer lists begins with its iterations. */
  readonly listsIterations: boolean;
}

/** @param toTensor makes a tensor of counters, which the caller owns. */
export function pack(
  saved: Omit<SavedWeights, 'isBare'>,
  className: string,
  toTensor: (counts: number[]) => Tensor,
): NamedTensor[] {
  const { listed, leftOut, slow, momentum, outer, step, stepsInCycle } = saved;
  let prefix = PREFIX;
  while (listed.some(({ name }) => name.startsWith(prefix))) prefix = PREFIX + prefix;
  const counts = [
    step,
    stepsInCycle,
    listed.length,
    leftOut.length,
    slow.length,
    momentum.length,
    outer.length,
    saved.outerIterations,
    saved.restores,
    saved.restoresInARow,
    Number(saved.isOutOfOrder),
    saved.iterations,
  ];
  return withUniqueNames([
    ...listed,
    ...leftOut.map(({ name, tensor }) => ({ name: `${prefix}inner/${name}`, tensor })),
    ...slow.map(({ name, tensor }, i) => ({ name: `${prefix}slow/${i}/${name}`, tensor })),
    ...momentum.map(({ name, tensor }) => ({ name: `${prefix}momentum/${name}`, tensor })),
    ...outer.map(({ name, tensor }) => ({ name: `${prefix}outer/${name}`, tensor })),
    { name: `${prefix}counts/${className}`, tensor: toTensor(counts) },
  ]);
}

/** Slots of a variable that is listed twice have one name in tfjs, while loading keeps but one weight of a name. */
function withUniqueNames(weights: readonly NamedTensor[]): NamedTensor[] {
  const taken = new Set<string>();
  return weights.map(({ name, tensor }) => {
    let unused = name;
    for (let i = 1; taken.has(unused); ++i) unused = `${name}_${i}`;
    taken.add(unused);
    return { name: unused, tensor };
  });
}

/**
 * The list of a bare inner optimizer is one of which Lookahead has counted nothing yet.
 *
 * @throws Error if the list is not one that {@link pack} makes for this kind of inner optimizer.
 */
export async function unpack(where: string, weights: readonly NamedTensor[], kind: Kind): Promise<SavedWeights> {
  checkList(where, weights, kind);
  checkFormat(where, weights);
  const { name, tensor } = (weights.at(-1) ?? { name: '' }) as NamedTensor;
  const [, prefix, savedClass] = COUNTS.exec(name) ?? [];
  if (prefix === undefined) return unpackBare(where, weights);
  if (savedClass !== kind.className) {
    throw new Error(
      `${where}: 'weights' are of a Lookahead around ${inWords(savedClass as string)}, but this one is around ` +
        `${inWords(kind.className)}. ${REMEDY}`,
    );
  }
  checkValue(where, name, tensor, { shape: [tensor.size === 2 * COUNT ? 2 * COUNT : COUNT], dtype: 'int32' });
  const counts = fromInt32s([...(await tensor.data())], COUNT);
  const [step = 0, stepsInCycle = 0, listed = 0, leftOut = 0, slow = 0, momentum = 0, outer = 0, ...others] = counts;
  const [outerIterations = 0, restores = 0, restoresInARow = 0, isOutOfOrder, iterations = 0] = others;
  const areCounters = counts.every((count) => count >= 0) && stepsInCycle <= step;
  const areAll = listed + leftOut + slow + momentum + outer + 1 === weights.length;
  if (!areCounters || !areAll || listed < Number(kind.listsIterations)) {
    throw new Error(`${where}: '${name}' is [${counts}], which does not fit a list of ${weights.length}. ${REMEDY}`);
  }
  const part = (from: number, length: number, prefixOf: (i: number) => string) =>
    weights.slice(from, from + length).map(({ name, tensor }, i) => {
      const start = prefix + prefixOf(i);
      if (!name.startsWith(start)) throw new Error(`${where}: '${name}' stands where '${start}...' must. ${REMEDY}`);
      return { name: name.slice(start.length), tensor };
    });
  return {
    iterations,
    listed: weights.slice(0, listed),
    leftOut: part(listed, leftOut, () => 'inner/'),
    slow: part(listed + leftOut, slow, (i) => `slow/${i}/`),
    momentum: part(listed + leftOut + slow, momentum, () => 'momentum/'),
    outer: part(listed + leftOut + slow + momentum, outer, () => 'outer/'),
    outerIterations,
    step,
    stepsInCycle,
    restores,
    restoresInARow,
    isOutOfOrder: isOutOfOrder === 1,
    isBare: false,
  };
}

const inWords = (className: string) => className.replace('/outer/', ' with the outer optimizer ');

const REMEDY = 'Pass what getWeights() returned, of this optimizer or of its inner optimizer alone.';

function checkList(where: string, weights: readonly NamedTensor[], { listsIterations }: Kind): void {
  if (!Array.isArray(weights) || weights.length < Number(listsIterations)) {
    throw new Error(`${where}: 'weights' is ${describe(weights)}, but must be a list of named tensors. ${REMEDY}`);
  }
  weights.forEach((weight, i) => {
    const { name, tensor } = (weight ?? {}) as Partial<NamedTensor>;
    const iter = { shape: [] as number[], dtype: 'int32' as const };
    checkValue(where, `weights[${i}].tensor`, tensor, i === 0 && listsIterations ? iter : (tensor ?? iter), REMEDY);
    if (typeof name !== 'string') {
      throw new Error(`${where}: 'weights[${i}].name' is ${describe(name)}, but must be a string. ${REMEDY}`);
    }
  });
}

function checkFormat(where: string, weights: readonly NamedTensor[]): void {
  for (const { name } of weights) {
    const [, format = FORMAT] = ENTRY.exec(name) ?? [];
    if (Number(format) === FORMAT) continue;
    throw new Error(
      `${where}: 'weights' hold '${name}', which is of format ${format}, but this version of tfjs-lookahead reads format ` +
        `${FORMAT}. Load them with the version that saved them, or start from the weights of the model.`,
    );
  }
}

function unpackBare(where: string, weights: readonly NamedTensor[]): SavedWeights {
  const ours = weights.find(({ name }) => ENTRY.test(name));
  if (ours) {
    throw new Error(
      `${where}: 'weights' hold '${ours.name}', but do not end with '${PREFIX}counts/...', so some are missing. ` +
        REMEDY,
    );
  }
  return {
    ...{ listed: weights, leftOut: [], slow: [], momentum: [], outer: [], isOutOfOrder: false, isBare: true },
    ...{ iterations: 0, outerIterations: 0, step: 0, stepsInCycle: 0, restores: 0, restoresInARow: 0 },
  };
}
