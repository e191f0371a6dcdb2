/**
 * An elementwise update: one or more states take new values, computed from their former values, one input of the same
 * shape, and scalars that hold for all elements. A rule says what is computed. It knows no backend.
 *
 * The states are computed in order: each sees those before it as already updated.
 */
export interface Rule {
  /** In its pass, in errors, in the keys of programs for a GPU, and of an op that it is made. */
  readonly name: string;
  readonly states: readonly string[];
  readonly input: string;
  readonly scalars: readonly string[];

  /**
   * One for each state, of the names above: `+`, `-`, `*`, `/`, `sqrt`, `abs`, `max`, brackets, and numbers with a point.
   * Each operation rounds to float32, in the order of the expression. It reads the same in GLSL and WGSL, where it is the
   * program.
   *
   * The maximum of something and NaN is what tfjs's backend makes of it, so a rule with `max` has a scalar `maximumOfNaN`:
   * NaN, where NaN propagates, or 0, where `max(a, b)` is `a < b ? b : a`. The two also differ for +0 and -0.
   */
  readonly expressions: readonly string[];

  /**
   * The pass over buffers, which the build writes from the expressions, unless assembly/ has one. Its one export takes
   * byte addresses of float32, then the rest: `(out of each state, each state, input, number of elements, each scalar)`. An
   * `out` may be the state itself; ranges that overlap in part are not supported. If there are no states, it returns
   * an answer about the input.
   */
  readonly modules: PassModules;

  /** For a rule without states: makes one answer of its answers about two consecutive parts of an input. */
  readonly combine?: (a: number, b: number) => number;

  /** The same in JavaScript, each operation rounded to float32, where WebAssembly cannot be had. */
  readonly loop?: Loop;
}

/**
 * The pass, compiled and in hexadecimal, for each kind of memory that it may import: tfjs's threaded build has a shared one.
 * The two are alike but for the import, so each begins on its own, and the rest is that of both.
 * It has no data segment, no globals and no allocation, so the memory may belong to someone else.
 */
export interface PassModules {
  readonly unshared: string;
  readonly shared: string;
  readonly rest: string;
}

export type Loop = (
  outs: readonly Float32Array[],
  statesAndInput: readonly Float32Array[],
  scalars: readonly number[],
) => void;

/** How a {@link scaled} rule multiplies the gradient by its last scalar. */
export const SCALED = ' * gradientScale';

/** The rule of a step whose gradient is first multiplied by one more scalar: what clipping makes of it, else 1. */
export function scaled(rule: Rule): Rule {
  const gradient = `(gradient${SCALED})`;
  const expressions = rule.expressions.map((expression) => expression.replaceAll(/\bgradient\b/g, gradient));
  return { ...rule, scalars: [...rule.scalars, 'gradientScale'], expressions };
}
