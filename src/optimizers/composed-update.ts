import { abs, add, div, maximum, mul, scalar, sqrt, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Scalar } from '../update/backends/backend.js';
import { compute } from '../update/expression.js';
import type { Rule } from '../update/rules/rule.js';
import type { Update } from '../update/update.js';

const ops: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  '+': add,
  '-': sub,
  '*': mul,
  '/': div,
  sqrt: (a) => sqrt(a),
  abs: (a) => abs(a),
  max: maximum,
};

/** Updates variables by a rule in ops of tfjs, on a backend that has no runner for it: in the same order, so with the same bits. */
export function composedUpdate(
  { states: names, input: inputName, scalars: scalarNames, expressions }: Rule,
  { states, input, scalars }: Update,
): void {
  tidy(() => {
    const values = new Map<string, Tensor>([[inputName, input]]);
    for (const [i, name] of names.entries()) values.set(name, states[i] as Tensor);
    for (const [i, name] of scalarNames.entries()) {
      const value = scalars[i] as Scalar;
      values.set(name, typeof value === 'number' ? scalar(value) : value);
    }
    for (const [i, name] of names.entries()) {
      const value = compute(
        expressions[i] as string,
        (token) => values.get(token) ?? scalar(Number(token)),
        (operator, [a, b]) => (ops[operator] as (a: Tensor, b?: Tensor) => Tensor)(a as Tensor, b),
      );
      values.set(name, value);
    }
    for (const [i, name] of names.entries()) states[i]?.assign(values.get(name) as Tensor);
  });
}
