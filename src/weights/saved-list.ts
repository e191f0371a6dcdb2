/**
 * The list of weights that a Lookahead saves, in a loop or as an optimizer, in this order:
 *
 *     lookahead:1/inner/0/accBeta1, ...        the entries of the inner optimizer: the variables that it holds
 *     lookahead:1/innerListed/0/iter, ...      its own list, if it has one, in which some of them are
 *     lookahead:1/slow/0/kernel, ...           a slow weight for each variable, by position
 *     lookahead:1/momentum/0/cached, ...       the cached momentum, by position
 *     lookahead:1/outer/0/..., ...             the entries of the outer optimizer
 *     lookahead:1/outerListed/0/..., ...       its own list
 *     lookahead:1/state                        a text, in JSON: of which Lookahead it is, and the counters
 *
 * The first number is that of the format, the second counts the entries of a kind. So names are unique, whatever an
 * optimizer calls its own, and another Lookahead may be the inner one.
 *
 * A list of the bare inner optimizer is taken too, which may be a Lookahead. {@link open} checks that it is such a list.
 * Whether its parts fit what there is, those check that take them over: the entries of an optimizer `checkEntries` in
 * `src/state/entries.ts`, slow weights `checkRestorable` in `known-variables.ts` and `Lookahead.setWeights`, the cached
 * momentum `checkRestorable` in `momentum.ts`.
 */

import { type Optimizer, scalar } from '@tensorflow/tfjs-core';
import { checkValue, isCount } from '../base/checks.js';
import { mistake, refuse } from '../base/errors.js';
import type { NamedTensor } from '../base/named-tensor.js';
import { share } from '../base/share.js';
import { classNameOf, hasOwnList, innermost } from '../state/classes.js';

/** It changes with what the entries are, or mean. */
const FORMAT = 1;
/** With a colon, for a layer may be named `lookahead`. */
const PREFIX = `lookahead:${FORMAT}/`;
const STATE = `${PREFIX}state`;

/** The counters of a Lookahead that has taken no step. */
export const noCounters = { step: 0, stepsInCycle: 0, restores: 0, restoresInARow: 0 };
export type Counters = typeof noCounters;

const noCounts = {
  ...noCounters,
  ...{ innerIterations: 0, outerIterations: 0 },
  /** How many the inner optimizer has stepped in here: it may hold slots of more. */
  variables: 0,
  /** 1 if the program lists the variables in another order than that of the slow weights. */
  isOutOfOrder: 0,
};
const noParts = { inner: [], innerListed: [], slow: [], momentum: [], outer: [], outerListed: [] };

export type Counts = typeof noCounts;
export type Parts = Record<keyof typeof noParts, readonly NamedTensor[]>;

export interface SavedWeights {
  readonly parts: Parts;
  readonly counts: Counts;
  /** Whether the list is of the inner optimizer alone, without Lookahead. */
  readonly isBare: boolean;
}

/** The optimizers that a list has to fit. */
interface Optimizers {
  /** Null in a loop. */
  readonly inner: Optimizer | null;
  readonly outer: Optimizer | null;
}

/** Those of an inner optimizer, if it is a Lookahead. */
const within = (inner: Optimizer | null): Optimizers | null =>
  inner && innermost(inner) !== inner ? (inner as unknown as Optimizers) : null;

function inWords({ inner, outer }: Optimizers): string {
  const inside = within(inner);
  return (
    (inner ? `around ${classNameOf(inner)}` : 'in a loop') +
    (inside ? ` ${inWords(inside)}` : '') +
    (outer ? ` with the outer optimizer ${classNameOf(outer)}` : '')
  );
}

/** @returns new tensors, which share the buffers of these, and the text. */
export function pack(parts: Partial<Parts>, counts: Partial<Counts>, optimizers: Optimizers): NamedTensor[] {
  const entries = Object.entries({ ...noParts, ...parts }).flatMap(([kind, weights]) =>
    weights.map(({ name, tensor }, i) => ({ name: `${PREFIX}${kind}/${i}/${name}`, tensor: share(tensor) })),
  );
  const text = JSON.stringify({ of: inWords(optimizers), entries: entries.length, ...noCounts, ...counts });
  return [...entries, { name: STATE, tensor: scalar(text) }];
}

/** @throws Error if the list is not one that {@link pack} makes for these classes of optimizers. */
export function open(weights: readonly NamedTensor[], optimizers: Optimizers): SavedWeights {
  const { inner } = optimizers;
  const remedy = `Pass what getWeights() returned${inner ? ', of this optimizer or of its inner optimizer alone' : ''}.`;
  const fail = (problem: string): never => {
    throw mistake(`${problem}. ${remedy}`);
  };
  const startsWithIterations = inner !== null && !hasOwnList(inner);
  if (!Array.isArray(weights) || weights.length < Number(startsWithIterations || !inner)) {
    refuse('weights', weights, 'a list of named tensors', remedy);
  }
  const iter = { shape: [] as number[], dtype: 'int32' as const };
  for (const [i, weight] of weights.entries()) {
    const { name, tensor } = (weight ?? {}) as Partial<NamedTensor>;
    checkValue(`weights[${i}].tensor`, tensor, tensor ?? iter, remedy);
    if (typeof name !== 'string') refuse(`weights[${i}].name`, name, 'a string', remedy);
  }
  const ours = weights.filter(({ name }) => /^lookahead:\d+\//.test(name));
  const other = ours.find(({ name }) => !name.startsWith(PREFIX));
  if (other) {
    throw mistake(
      `'weights' hold '${other.name}', but this version of tfjs-lookahead reads format ${FORMAT}, '${PREFIX}...'. ` +
        'Load them with the version that saved them, or start from the weights of the model.',
    );
  }
  const bare: SavedWeights = { parts: { ...noParts, innerListed: weights }, counts: noCounts, isBare: true };
  if (inner && ours.length === 0) {
    if (startsWithIterations) checkValue('weights[0].tensor', weights[0]?.tensor, iter, remedy);
    return bare;
  }
  const last = weights.at(-1) as NamedTensor;
  if (last.name !== STATE) fail(`'weights' end with '${last.name}', not with '${STATE}', so some are missing`);
  checkValue(STATE, last.tensor, { shape: [], dtype: 'string' }, remedy);
  const [text] = last.tensor.dataSync<'string'>() as unknown as [string];
  const { of, entries, ...counts } = parsed(text);
  const areCounts = Object.keys(noCounts).every((name) => isCount(counts[name]));
  if (!areCounts || entries !== weights.length - 1 || (counts.stepsInCycle as number) > (counts.step as number)) {
    fail(`'${STATE}' is ${text}, which does not fit a list of ${weights.length}`);
  }
  const own = inWords(optimizers);
  if (of !== own) {
    const inside = within(inner);
    if (inside && of === inWords(inside)) return bare;
    fail(`'weights' are of a Lookahead ${of}, but this one is ${own}`);
  }
  const parts = new Map(Object.keys(noParts).map((kind) => [kind, [] as NamedTensor[]]));
  for (const { name, tensor } of weights.slice(0, -1)) {
    const [kind = '', i, ...rest] = name.slice(PREFIX.length).split('/');
    const part = name.startsWith(PREFIX) && parts.get(kind);
    if (!part || i !== `${part.length}`) fail(`'${name}' stands where getWeights() puts another`);
    else part.push({ name: rest.join('/'), tensor });
  }
  return { parts: Object.fromEntries(parts) as unknown as Parts, counts: counts as Counts, isBare: false };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
