import { add, mul, scalar, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';

/** `start + weight * (end - start)` in ops that every backend has: the path where there is no kernel of ours. */
export function composedLerp(start: Tensor, end: Tensor, weight: number): Tensor {
  return tidy(() => add(start, mul(sub(end, start), scalar(weight))));
}
