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

/** For each state a tensor for its new value; undefined for one that is overwritten. */
export type Outs = readonly (TensorInfo | undefined)[];

/** The outs where all states are overwritten: nearly always, so it should cost nothing. */
export const allOverwritten: Outs = [];

/** Runs one rule on one backend. All tensors are float32; the states and the input have one shape. */
export interface Runner {
  readonly path: Path;

  /**
   * Makes room for the new values of the states, and brings what lives on another backend here, before anything
   * changes.
   *
   * @param owners how many tensors refer to a state's buffer where it may be overwritten: more mean that somebody else
   * would see it change. 0 overwrites none.
   * @throws Error where the memory is full, or a tensor's buffer holds no float32; then nothing is left over.
   */
  reserve(states: readonly Tensor[], input: Tensor, owners: number): Outs;

  /**
   * Updates once.
   *
   * @param scalars numbers alone, unless `readsTensors`.
   * @param outs what `reserve` has returned.
   * @returns the new values, to be owned by the caller: `outs`, or on a GPU, which overwrites none, one for each state.
   */
  run(states: readonly Tensor[], input: Tensor, scalars: readonly Scalar[], outs: Outs): Outs;

  /** Whether `run` reads scalars that are tensors: the values of a GPU cannot be read before it runs. */
  readonly readsTensors: boolean;

  /**
   * Asks a rule without states, unless `readsTensors`.
   *
   * @returns its answer about the input.
   */
  ask?(input: Tensor): number;

  /**
   * Gives a tensor of one element another value, unless `readsTensors`.
   *
   * @param outs what `reserve` has returned for this tensor alone.
   * @returns `outs`.
   */
  set?(tensor: Tensor, value: number, outs: Outs): Outs;

  /**
   * Gives a tensor the values of another of its shape, in the buffer that it has.
   *
   * @returns false, having changed nothing, where something else refers to that buffer.
   */
  copy?(from: Tensor, to: Tensor): boolean;
}
