import type { KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { Rule } from '../rules/rule.js';

/** What computes a rule on a backend. Where there is none, tfjs's own ops do. */
export type Path = 'wasm-simd' | 'js-loop' | 'webgl' | 'webgpu';

/** How any rule runs over the buffers of one of tfjs's backends. It knows no rule. */
export interface Backend {
  /** As `tf.getBackend()` gives it. */
  readonly name: string;

  /** @returns what runs the rule there; null where the backend, which may be of any version, lacks what that takes. */
  open(backend: KernelBackend, rule: Rule): Runner | null;
}

/** Runs one rule on one backend. */
export interface Runner {
  readonly path: Path;

  /**
   * Updates once.
   *
   * @param states of one shape, as is the input; all float32.
   * @param owners how many tensors refer to a state's buffer where it may be overwritten: more mean that somebody else
   * would see it change. 0 overwrites none. A backend may ignore this, and overwrite none either.
   * @returns the new value of each state, to be owned by the caller; undefined for a state that was overwritten.
   * @throws Error where memory or a GPU is lost; then nothing has changed.
   */
  run(
    states: readonly Tensor[],
    input: Tensor,
    scalars: readonly number[],
    owners: number,
  ): readonly (TensorInfo | undefined)[];
}

/** What {@link Runner.run} returns where all is overwritten: nearly always, so it should cost nothing. */
export const allOverwritten: readonly undefined[] = [];
