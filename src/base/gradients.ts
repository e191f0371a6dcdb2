/** Gradients in either form that `applyGradients` of tfjs takes: names of variables, and a gradient for each or none. */
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import { isObject, refuse } from './errors.js';
import type { NamedTensor } from './named-tensor.js';

export type Gradients = NamedTensorMap | NamedTensor[];

/** @throws Error unless it has the form of gradients. */
export function checkGradients(value: unknown): asserts value is Gradients {
  if (isObject(value) && (!Array.isArray(value) || [...value].every(isObject))) return;
  refuse('variableGradients', value, 'gradients by names of variables', 'Pass `grads` of computeGradients().');
}

export const namesOf = (gradients: Gradients): string[] =>
  Array.isArray(gradients) ? gradients.map(({ name }) => name) : Object.keys(gradients);

export const tensorsOf = (gradients: Gradients): (Tensor | null | undefined)[] =>
  Array.isArray(gradients) ? gradients.map(({ tensor }) => tensor) : Object.values(gradients);
