import type { KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { Rule } from '../rules/rule.js';

/** The code that computes a rule on a backend. Where there is none, tfjs's own ops do. */
export type Path = 'wasm-simd' | 'js-loop' | 'webgl' | 'webgpu';

/** How any rule runs over the buffers of one of tfjs's backends. It knows no rule. */
export interface Backend {
  /** As `tf.getBackend()` gives it. */
  readonly name: string;

  /** @returns what runs the rule there; null where the backend, which may be of any version, lacks what that takes. */
  open(backend: KernelBackend, rule: Rule): Runner | null;
}

/** A number, or a tensor of one element: some of tfjs's optimizers keep scalars in variables. */
export type Scalar = number | Tensor;

/** By the index of a state the tensor for its new value. One that is overwritten has none, so nearly always it is empty. */
export type Outs = readonly TensorInfo[];

/** Runs one rule on one backend. All tensors are float32; the states and the input have one shape. */
export interface Runner {
  readonly path: Path;

  /**
   * Brings an input here that lives on another backend.
   *
   * @throws Error where the memory is full, or the buffer holds no float32.
   */
  check?(input: Tensor): void;

  /**
   * Whether new values may take the place of those of a tensor, which is brought here if it lives on another backend.
   *
   * @param owners how many tensors refer to the buffer where it may be overwritten: more mean that somebody else would
   * see it change. 0 overwrites none.
   * @throws Error where the memory is full, or the buffer holds no float32.
   */
  canOverwrite(tensor: Tensor, owners: number): boolean;

  /**
   * Makes room for new values, where some cannot be overwritten.
   *
   * @throws Error where the memory is full; then nothing is left over.
   */
  newOut?(shape: number[]): TensorInfo;

  /**
   * Updates once. It fails only on a GPU.
   *
   * @param scalars numbers alone, unless it is on a GPU: its values cannot be read before it runs.
   * @param outs room for those states that cannot be overwritten.
   * @returns the new values, to be owned by the caller: `outs`, or on a GPU one for each state.
   */
  run(states: readonly Tensor[], input: Tensor, scalars: readonly Scalar[], outs: Outs): Outs;

  /**
   * Asks a rule without states, unless it is on a GPU.
   *
   * @returns its answer about the input.
   */
  ask?(input: Tensor): number;

  /** Gives a tensor that can be overwritten the values of another of its shape, in the buffer that it has. */
  copy?(from: Tensor, to: Tensor): void;
}
