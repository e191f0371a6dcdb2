/**
 * The list of weights that a Lookahead saves, in a loop or as an optimizer, in this order:
 *
 *     iter, kernel/m, ...                         what the inner optimizer's own getWeights() gives, which may be nothing
 *     lookahead:1/inner/accBeta1, ...             what it leaves out
 *     lookahead:1/slow/0/kernel, ...              a slow weight for each variable, in the inner optimizer's order
 *     lookahead:1/momentum/0, ...                 the cached momentum, in the same order
 *     lookahead:1/outer/accumulations/0/...       what the outer optimizer holds
 *     lookahead:1/counts/Adam/outer/Momentum      int32: the counters, and how many entries there are of each kind
 *
 * The last is found without knowing the others, and its name tells the classes of the optimizers that the list fits: 'loop'
 * stands for an inner one that Lookahead does not know. The number is that of the format. Where one Lookahead is nested in
 * another, the outer one's names begin with `lookahead:1/` once more, since names must be unique.
 *
 * {@link open} checks that it is such a list. Whether its parts fit what there is, those check that take them over: the
 * entries of an optimizer `checkEntries` and `checkSlots` in `src/state/entries.ts`, slow weights `checkRestorable` in
 * `known-variables.ts` and `Lookahead.setWeights`, the cached momentum `checkRestorable` in `momentum.ts`.
 */

import { type Optimizer, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { checkValue } from '../base/checks.js';
import { mistake, refuse } from '../base/errors.js';
import type { NamedTensor } from '../base/named-tensor.js';
import { classNameOf, listsIterations } from '../state/classes.js';
import type { State } from '../state/entries.js';

/** It changes with what the entries are, or mean. */
const FORMAT = 1;
/** With a colon, for a layer may be named `lookahead`. */
const PREFIX = `lookahead:${FORMAT}/`;
const ENTRY = /^lookahead:(\d+)\//;
const COUNTS = /^((?:lookahead:\d+\/)+)counts\/(.*)$/;
const COUNT = 12;
const LIMIT = 2 ** 31;

export interface Counters {
  step: number;
  stepsInCycle: number;
  restores: number;
  restoresInARow: number;
}

export interface SavedWeights extends State {
  /** Those of the inner optimizer. */
  readonly iterations: number;
  readonly slow: readonly NamedTensor[];
  readonly momentum: readonly NamedTensor[];
  readonly outer: readonly NamedTensor[];
  readonly outerIterations: number;
  readonly counters: Counters;
  /** Whether the program lists the variables in another order than that of the slow weights. */
  readonly isOutOfOrder: boolean;
  /** Whether the list is of the inner optimizer alone, without Lookahead. */
  readonly isBare: boolean;
}

/** The parts that a list without Lookahead lacks, or one of a loop, which has no inner optimizer. */
export const nothingSaved: SavedWeights = {
  ...{ listed: [], unlisted: [], iterations: 0, slow: [], momentum: [], outer: [], outerIterations: 0 },
  ...{ counters: { step: 0, stepsInCycle: 0, restores: 0, restoresInARow: 0 }, isOutOfOrder: false, isBare: true },
};

/** The optimizers that a list has to fit. */
interface Optimizers {
  /** Null in a loop. */
  readonly inner: Optimizer | null;
  readonly outer: Optimizer | null | undefined;
}

const classNames = ({ inner, outer }: Optimizers): string =>
  (inner ? classNameOf(inner) : 'loop') + (outer ? `/outer/${classNameOf(outer)}` : '');

/** @returns the entries, and one new tensor, the last. */
export function pack(saved: SavedWeights, optimizers: Optimizers): NamedTensor[] {
  const { listed, unlisted, slow, momentum, outer, counters } = saved;
  let prefix = PREFIX;
  while (listed.some(({ name }) => name.startsWith(prefix))) prefix = PREFIX + prefix;
  const part = (kind: string, weights: readonly NamedTensor[], isNumbered = false) =>
    weights.map(({ name, tensor }, i) => ({ name: `${prefix}${kind}/${isNumbered ? `${i}/` : ''}${name}`, tensor }));
  const counts = [
    ...[counters.step, counters.stepsInCycle],
    ...[listed, unlisted, slow, momentum, outer].map(({ length }) => length),
    ...[saved.outerIterations, counters.restores, counters.restoresInARow],
    ...[Number(saved.isOutOfOrder), saved.iterations],
  ];
  return withUniqueNames([
    ...listed,
    ...part('inner', unlisted),
    ...part('slow', slow, true),
    ...part('momentum', momentum),
    ...part('outer', outer),
    { name: `${prefix}counts/${classNames(optimizers)}`, tensor: toTensor(counts) },
  ]);
}

/**
 * Counters as int32, the largest integer dtype of tfjs. Where one of them passes 2^31 - 1, the multiples of 2^31 follow as
 * further elements, one for each.
 */
function toTensor(counts: readonly number[]): Tensor {
  const remainders = counts.map((count) => count % LIMIT);
  const multiples = counts.map((count) => Math.floor(count / LIMIT));
  return tensor1d(multiples.some((multiple) => multiple > 0) ? [...remainders, ...multiples] : remainders, 'int32');
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

/** A list that was checked but for its counts, whose values may have to be awaited. */
interface OpenedList {
  /** Null where the list is of the inner optimizer alone: of one of which Lookahead has counted nothing yet. */
  readonly counts: Tensor | null;
  /** @throws Error if the counts do not fit the list. */
  unpack(counts: ArrayLike<number>): SavedWeights;
}

/** @throws Error if the list is not one that {@link pack} makes for these classes of optimizers. */
export function open(weights: readonly NamedTensor[], optimizers: Optimizers): OpenedList {
  const { inner } = optimizers;
  const remedy = `Pass what getWeights() returned${inner ? ', of this optimizer or of its inner optimizer alone' : ''}.`;
  const fail = (problem: string): never => {
    throw mistake(`${problem}. ${remedy}`);
  };
  const startsWithIterations = inner !== null && listsIterations(inner);
  if (!Array.isArray(weights) || weights.length < Number(startsWithIterations || !inner)) {
    refuse('weights', weights, 'a list of named tensors', remedy);
  }
  const iter = { shape: [] as number[], dtype: 'int32' as const };
  weights.forEach((weight, i) => {
    const { name, tensor } = (weight ?? {}) as Partial<NamedTensor>;
    checkValue(`weights[${i}].tensor`, tensor, tensor ?? iter, remedy);
    if (typeof name !== 'string') refuse(`weights[${i}].name`, name, 'a string', remedy);
  });
  for (const { name } of weights) {
    const [, format = FORMAT] = ENTRY.exec(name) ?? [];
    if (Number(format) === FORMAT) continue;
    throw mistake(
      `'weights' hold '${name}', which is of format ${format}, but this version of tfjs-lookahead reads format ` +
        `${FORMAT}. Load them with the version that saved them, or start from the weights of the model.`,
    );
  }
  const last = weights.at(-1);
  const [, prefix, saved] = COUNTS.exec(last?.name ?? '') ?? [];
  const own = classNames(optimizers);
  if (saved !== undefined && saved !== own) {
    fail(`'weights' are of a Lookahead ${inWords(saved)}, but this one is ${inWords(own)}`);
  }
  if (startsWithIterations) checkValue('weights[0].tensor', weights[0]?.tensor, iter, remedy);
  if (!last || prefix === undefined) {
    const ours = inner ? weights.find(({ name }) => ENTRY.test(name)) : weights[0];
    if (ours) fail(`'weights' hold '${ours.name}', but do not end with '${PREFIX}counts/...', so some are missing`);
    return { counts: null, unpack: () => ({ ...nothingSaved, listed: weights }) };
  }
  const { name, tensor: counts } = last;
  checkValue(name, counts, { shape: [counts.size === 2 * COUNT ? 2 * COUNT : COUNT], dtype: 'int32' }, remedy);

  const unpack = (int32s: ArrayLike<number>): SavedWeights => {
    const all = Array.from({ length: COUNT }, (_, i) => (int32s[i] as number) + LIMIT * (int32s[COUNT + i] ?? 0));
    const [step = 0, stepsInCycle = 0, ...lengths] = all;
    const [outerIterations = 0, restores = 0, restoresInARow = 0, isOutOfOrder, iterations = 0] = lengths.splice(5);
    const fits = lengths.reduce((sum, length) => sum + length, 1) === weights.length;
    const enough = (lengths[0] as number) >= Number(startsWithIterations);
    if (!fits || !enough || all.some((count) => count < 0) || stepsInCycle > step) {
      fail(`'${name}' is [${all}], which does not fit a list of ${weights.length}`);
    }
    const rest = [...weights];
    const part = (kind: string, isNumbered = false) =>
      rest.splice(0, lengths.shift()).map(({ name, tensor }, i) => {
        const start = kind && `${prefix}${kind}/${isNumbered ? `${i}/` : ''}`;
        if (!name.startsWith(start)) fail(`'${name}' stands where '${start}...' must`);
        return { name: name.slice(start.length), tensor };
      });
    return {
      ...{ listed: part(''), unlisted: part('inner'), slow: part('slow', true), momentum: part('momentum') },
      ...{ outer: part('outer'), outerIterations, iterations, isOutOfOrder: isOutOfOrder === 1, isBare: false },
      counters: { step, stepsInCycle, restores, restoresInARow },
    };
  };
  return { counts, unpack };
}

const inWords = (classNames: string): string => {
  const [inner, outer] = classNames.split('/outer/');
  return `${inner === 'loop' ? 'in a loop' : `around ${inner}`}${outer === undefined ? '' : ` with the outer optimizer ${outer}`}`;
};
