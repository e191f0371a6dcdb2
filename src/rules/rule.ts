/**
 * An elementwise update: one or more states take new values, computed from their former values, one input of the same
 * shape, and scalars that hold for all elements. A rule says what is computed. It knows no backend.
 *
 * The states are computed in order: each sees those before it as already updated.
 */
export interface Rule {
  /** In tfjs's kernel registry, after the name of this package. */
  readonly name: string;
  readonly states: readonly string[];
  readonly input: string;
  readonly scalars: readonly string[];
  /** Those scalars that an optimizer of tfjs keeps in variables: on a GPU they are read there. */
  readonly heldScalars?: readonly string[];

  /**
   * The pass over buffers, a compiled module as base64. Its one export takes byte addresses, then the rest:
   * `(out of each state, each state, input, number of elements, each scalar)`. An `out` may be the state itself. If there
   * are no states, it returns whether something holds for the input, as 1 or 0.
   */
  readonly modules: PassModules;

  /** The same for a GPU: one expression a state, of the names above, that reads the same in GLSL and in WGSL. */
  readonly expressions: readonly string[];

  /** The same in JavaScript, each operation rounded to float32, where WebAssembly cannot be had. */
  readonly loop?: Loop;
}

/** A module must be compiled for the kind of memory that it imports: tfjs's threaded build has a shared one. */
export interface PassModules {
  readonly unshared: string;
  readonly shared: string;
}

export type Loop = (
  outs: readonly Float32Array[],
  states: readonly Float32Array[],
  input: Float32Array,
  scalars: readonly number[],
) => void;
