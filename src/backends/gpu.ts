import type { KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { Rule } from '../rules/rule.js';
import type { Path, Runner } from './backend.js';

/** A program writes one output, so a rule is a program for each of its states. */
export interface Program {
  /** Of the rule and the state, for a cache of compiled programs. */
  readonly key: string;
  readonly expression: string;
  /** The names of the tensors that the expression reads. */
  readonly tensors: readonly string[];
  /** The names of the scalars that it reads. */
  readonly scalars: readonly string[];
}

function programsOf({ name, states, input, scalars, expressions }: Rule): Program[] {
  return expressions.map((expression, i) => {
    const isRead = (name: string) => new RegExp(`\\b${name}\\b`).test(expression);
    return {
      key: `${name}/${states[i]}`,
      expression,
      tensors: [...states, input].filter(isRead),
      scalars: scalars.filter(isRead),
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
  runProgram: (program: Program, shape: number[], tensors: TensorInfo[], scalars: number[]) => TensorInfo,
): Runner {
  const programs = programsOf(rule);
  return {
    path,
    run(states, input, scalars) {
      const tensors = new Map<string, TensorInfo>(rule.states.map((name, i) => [name, states[i] as Tensor]));
      tensors.set(rule.input, input);
      const values = new Map(rule.scalars.map((name, i) => [name, scalars[i] as number]));
      const outs: TensorInfo[] = [];
      try {
        for (const [i, program] of programs.entries()) {
          const read = program.tensors.map((name) => tensors.get(name) as TensorInfo);
          const given = program.scalars.map((name) => values.get(name) as number);
          const out = runProgram(program, input.shape, read, given);
          outs.push(out);
          tensors.set(rule.states[i] as string, out);
        }
      } catch (error) {
        for (const { dataId } of outs) backend.disposeData(dataId);
        throw error;
      }
      return outs;
    },
  };
}
