import type { KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { type Rule, SCALED } from '../rules/rule.js';
import type { Path, Runner, Scalar } from './backend.js';

/** A program writes one output, so a rule is a program for each of its states. */
export interface Program {
  /** Of the rule, the state, the tensors and the numbers, for a cache of compiled programs. */
  readonly key: string;
  readonly expression: string;
  /** The names of the tensors that the expression reads. */
  readonly tensors: readonly string[];
  /** The names of the numbers that it reads. */
  readonly numbers: readonly string[];
}

/**
 * @param held those scalars that are in tensors: they are read there.
 * @param isScaled whether the scale of a scaled rule is another than 1, by which a GPU should not multiply: that may
 * change the rounding.
 */
function programsOf(
  { name, states, input, scalars, expressions }: Rule,
  held: readonly string[],
  isScaled: boolean,
): Program[] {
  return expressions.map((scaled, i) => {
    const expression = isScaled ? scaled : scaled.replaceAll(SCALED, '');
    const isRead = (name: string) => new RegExp(`\\b${name}\\b`).test(expression);
    const tensors = [...states, input, ...held].filter(isRead);
    const numbers = scalars.filter((name) => isRead(name) && !held.includes(name));
    return { key: `${name}/${states[i]}/${tensors}/${numbers}`, expression, tensors, numbers };
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
  const programs = new Map<string, Program[]>();
  const programsFor = (scalars: readonly Scalar[]) => {
    const held = rule.scalars.filter((_, i) => typeof scalars[i] !== 'number');
    const isScaled = scalars.at(-1) !== 1;
    const key = `${held}/${isScaled}`;
    const known = programs.get(key) ?? programsOf(rule, held, isScaled);
    programs.set(key, known);
    return known;
  };
  return {
    path,
    canOverwrite: () => true, // though it never does
    run(states, input, scalars) {
      const values = new Map<string, Scalar | TensorInfo>([[rule.input, input]]);
      for (const [i, name] of rule.states.entries()) values.set(name, states[i] as Tensor);
      for (const [i, name] of rule.scalars.entries()) values.set(name, scalars[i] as Scalar);
      const outs: TensorInfo[] = [];
      try {
        for (const [i, program] of programsFor(scalars).entries()) {
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
