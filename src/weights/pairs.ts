import { engine, type Tensor, tidy, type Variable, variable } from '@tensorflow/tfjs-core';
import { release, share } from '../base/share.js';
import { mergeByLerp } from '../lerp.js';
import type { Follow } from '../update/update.js';

/**
 * Fast weights, which are variables of somebody else, each with a slow weight, and the equations between them (Algorithm 1
 * of arXiv 1907.08610):
 *
 *     slow += alpha * (fast - slow)
 *     fast  = slow
 */
export class Pairs {
  readonly fast: Variable[] = [];
  readonly slow: Variable[] = [];

  /** Adds pairs: `fast` as checked before, and of the same shapes the values where their slow weights start. */
  append(fast: readonly Variable[], values: readonly Tensor[] = fast): void {
    fast.forEach((weight, i) => {
      this.fast.push(weight);
      this.slow.push(variable(values[i] as Tensor, false, unusedName(`lookahead/${weight.name}`)));
    });
  }

  /**
   * Both equations. If it fails half-way, calling it again completes it: the pairs that are done are equal already, unless `follow` is 'not'.
   *
   * @param follow how the fast weights restart: 'copied' where they are overwritten at the next step, so that each keeps
   * a buffer of its own; 'not' where they do not, and the slow ones are a moving average.
   */
  interpolate(alpha: number, follow: Follow): void {
    const weight = Math.fround(alpha);
    // `slow + weight * (fast - slow)` is exact neither at 0 nor at 1.
    if (weight === 1) this.adoptFast();
    else if (weight !== 0) mergeByLerp(this.slow, this.fast, weight, follow);
    else if (follow !== 'not') this.restart();
  }

  /** fast = slow */
  restart(): void {
    assignEach(this.fast, this.slow);
  }

  /** slow = fast */
  adoptFast(): void {
    assignEach(this.slow, this.fast);
  }

  /** Gives the slow weights values of their shapes, which may be slow weights themselves. */
  assign(values: readonly Tensor[]): void {
    tidy(() => {
      // tfjs frees the buffer of a variable that is assigned to itself, unless something else refers to it.
      assignEach(this.slow, values.map(share));
    });
  }

  dispose(): void {
    this.slow.forEach(release);
  }
}

/** No method, so that a bundle has it only where it is used. */
export const slowOf = ({ fast, slow }: Pairs, weight: Variable): Variable | undefined => slow[fast.indexOf(weight)];

function assignEach(variables: readonly Variable[], values: readonly Tensor[]): void {
  variables.forEach((variable, i) => {
    variable.assign(values[i] as Tensor);
  });
}

/** A second slow weight for the same variable must not clash: tfjs wants the names of variables to be unique. */
function unusedName(name: string): string {
  const taken = engine().registeredVariables;
  let unused = name;
  for (let i = 1; unused in taken; ++i) unused = `${name}_${i}`;
  return unused;
}
