/** Gradients in either form that `applyGradients` of tfjs takes: names of variables, and a gradient for each or none. */
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import type { NamedTensor } from './named-tensor.js';

export type Gradients = NamedTensorMap | NamedTensor[];

export const namesOf = (gradients: Gradients): string[] =>
  Array.isArray(gradients) ? gradients.map(({ name }) => name) : Object.keys(gradients);

export const tensorsOf = (gradients: Gradients): (Tensor | null | undefined)[] =>
  Array.isArray(gradients) ? gradients.map(({ tensor }) => tensor) : Object.values(gradients);
