import type { KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { Rule } from '../rules/rule.js';
import { allOverwritten, type Path, type Runner, type Scalar } from './backend.js';

/** A program writes one output, so a rule is a program for each of its states. */
export interface Program {
  /** Of the rule and the state, for a cache of compiled programs. */
  readonly key: string;
  readonly expression: string;
  /** The names of the tensors that the expression reads. */
  readonly tensors: readonly string[];
  /** The names of the numbers that it reads. */
  readonly numbers: readonly string[];
}

function programsOf({ name, states, input, scalars, heldScalars = [], expressions }: Rule): Program[] {
  return expressions.map((expression, i) => {
    const isRead = (name: string) => new RegExp(`\\b${name}\\b`).test(expression);
    return {
      key: `${name}/${states[i]}`,
      expression,
      tensors: [...states, input, ...heldScalars].filter(isRead),
      numbers: scalars.filter((name) => isRead(name) && !heldScalars.includes(name)),
    };
  });
}

/** tfjs makes a function of each name: `getStartAtOutCoords`, `getStartByOutputIndex`. */
export const capitalized = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/**
 * Runs a rule's programs one after the other, each on the states as those before it have left them.
 *
 * @param runProgram runs one, and returns its output.
 */
export function gpuRunner(
  path: Path,
  backend: KernelBackend,
  rule: Rule,
  runProgram: (program: Program, shape: number[], tensors: TensorInfo[], numbers: number[]) => TensorInfo,
): Runner {
  const programs = programsOf(rule);
  return {
    path,
    readsTensors: true,
    reserve: () => allOverwritten,
    run(states, input, scalars) {
      const values = new Map<string, Scalar | TensorInfo>([[rule.input, input]]);
      for (const [i, name] of rule.states.entries()) values.set(name, states[i] as Tensor);
      for (const [i, name] of rule.scalars.entries()) values.set(name, scalars[i] as Scalar);
      const outs: TensorInfo[] = [];
      try {
        for (const [i, program] of programs.entries()) {
          const tensors = program.tensors.map((name) => values.get(name) as TensorInfo);
          const numbers = program.numbers.map((name) => values.get(name) as number);
          const out = runProgram(program, input.shape, tensors, numbers);
          outs.push(out);
          values.set(rule.states[i] as string, out);
        }
      } catch (error) {
        for (const { dataId } of outs) backend.disposeData(dataId);
        throw error;
      }
      return outs;
    },
  };
}
