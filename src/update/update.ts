/** Where rules meet backends: which runner runs a rule where, as an op of tfjs and as an assignment to variables. */

import {
  add,
  backend,
  engine,
  getBackend,
  getKernel,
  type KernelBackend,
  type KernelFunc,
  mul,
  registerKernel,
  scalar,
  type Tensor,
  type TensorInfo,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import { readyBackend } from '../base/checks.js';
import { mistake } from '../base/errors.js';
import { allOverwritten, type Backend, type Outs, type Path, type Runner, type Scalar } from './backends/backend.js';
import { cpu } from './backends/cpu.js';
import { wasm } from './backends/wasm.js';
import { webgl } from './backends/webgl.js';
import { webgpu } from './backends/webgpu.js';
import { isScaled, type Rule } from './rules/rule.js';

const backends: readonly Backend[] = [cpu, wasm, webgl, webgpu];

/** Kept for each instance of a backend, since there is a new one after `tf.removeBackend`. Null where there is none. */
const runners = new WeakMap<KernelBackend, Map<Rule, Runner | null>>();

/** The runner of a rule on an instance of a backend; null where tfjs's own ops have to do it. */
export function runnerOn(backendName: string, instance: KernelBackend, rule: Rule): Runner | null {
  let ofInstance = runners.get(instance);
  if (!ofInstance) {
    ofInstance = new Map();
    runners.set(instance, ofInstance);
  }
  let runner = ofInstance.get(rule);
  if (runner === undefined) {
    runner = backends.find(({ name }) => name === backendName)?.open(instance, rule) ?? null;
    ofInstance.set(rule, runner);
  }
  return runner;
}

/** The name of the active backend, which the first op of a program selects. */
export function activeBackend(): string {
  backend();
  return getBackend();
}

/** Whether to read a value of the active backend is to wait for a GPU. */
export const isOnGPU = (): boolean => ['webgl', 'webgpu'].includes(activeBackend());

/**
 * The path that a rule takes on a backend; null where tfjs's own ops compute it, or if there is no rule.
 *
 * @throws Error if no backend of this name is ready.
 */
export function pathOn(backendName: string, rule: Rule | undefined): Path | null {
  const instance = readyBackend(backendName);
  if (!instance) {
    throw mistake(`no backend '${backendName}' is ready. Call it after await tf.setBackend('${backendName}').`);
  }
  return (rule && runnerOn(backendName, instance, rule)?.path) ?? null;
}

/** The name carries that of the package, so that nobody else's kernel is taken for ours. */
export const kernelName = ({ name }: Rule): string => `tfjs-lookahead/${name}`;

/**
 * Makes a rule an op of tfjs: its inputs are the states and the input, by their names, its attributes the scalars, its
 * outputs the states' new values.
 *
 * Call it at the first use, not at import, which must have no effect. Another copy of the package may have been first.
 *
 * @param composed the same in tfjs's own ops, for a backend that lacks what a runner takes.
 */
export function registerOp(rule: Rule, composed: KernelFunc): void {
  for (const { name: backendName } of backends) {
    if (getKernel(kernelName(rule), backendName)) continue;
    const kernelFunc: KernelFunc = (params) => {
      const runner = runnerOn(backendName, params.backend as KernelBackend, rule);
      if (!runner) return composed(params);
      const { inputs, attrs } = params as unknown as { inputs: Record<string, Tensor>; attrs: Record<string, number> };
      const states = rule.states.map((name) => inputs[name] as Tensor);
      const scalars = rule.scalars.map((name) => attrs[name] as number);
      const input = inputs[rule.input] as Tensor;
      return runner.run(states, input, scalars, runner.reserve(states, input, 0)) as TensorInfo[];
    };
    registerKernel({ kernelName: kernelName(rule), backendName, kernelFunc });
  }
}

function toTensor(info: TensorInfo): Tensor {
  const { dataId, shape, dtype } = info;
  // No version of tfjs 3 and 4 lacks both: 3.17 has the first alone, those before it the second.
  const tfjs = engine() as Partial<ReturnType<typeof engine>>;
  return tfjs.makeTensorFromTensorInfo?.(info) ?? (tfjs.makeTensorFromDataId?.(dataId, shape, dtype) as Tensor);
}

/** Whether and how an input takes the new value of its state; see {@link update}. */
export type Follow = 'not' | 'shared' | 'copied';

/** The scale of each update, by which its gradient is multiplied. */
export type Scales = (i: number) => Scalar;

/** A variable of one element that an update changes beside the states: multiplied by a number, with one added, or set to one. */
export interface Counter {
  variable: Variable;
  op: 'mul' | 'add' | 'set';
  by: number;
}

/**
 * Updates variables by a rule, on the active backend.
 *
 * A tensor is immutable, so each state is assigned a new one, unless nothing can tell: where no clone, reshape or
 * initial tensor shares a state's buffer, the new values take the place of those that are there.
 *
 * @param scalars of all updates, or those of each.
 * @param states the states of each update, all of one shape.
 * @param inputs the input of each.
 * @param options.scales what each input is multiplied by first, where the rule is `scaled`.
 * @param options.counters change once all states have.
 * @param options.inputsFollow unless it is 'not', the inputs are variables, and each then takes the new value of its
 * first state: 'shared', in the buffer of the state, or 'copied' into its own, which pays where the next step overwrites
 * it. An input that shares the state's buffer already is no reason against overwriting that.
 * @returns false, having changed nothing, where tfjs's own ops have to do it.
 * @throws Error where the memory is full. Then nothing has changed, or if inputs follow, the same call completes it.
 */
export function update(
  rule: Rule,
  scalars: readonly Scalar[] | ((i: number) => readonly Scalar[]),
  states: readonly (readonly Variable[])[],
  inputs: readonly Tensor[],
  {
    counters = [],
    inputsFollow = 'not',
    scales,
  }: { counters?: readonly Counter[] | undefined; inputsFollow?: Follow; scales?: Scales | undefined },
): boolean {
  const runner = runnerOn(activeBackend(), backend(), rule);
  if (!runner) return false;
  const read = (list: readonly Scalar[]) => (runner.readsTensors ? list : list.map(toNumber));
  const ofAll = typeof scalars === 'function' ? null : read(scalars);
  const withScale = (list: readonly Scalar[], scale: Scalar) => (isScaled(rule) ? [...list, scale] : list);
  const same = ofAll && !scales ? withScale(ofAll, 1) : null;
  const scalarsOf = (i: number) =>
    withScale(typeof scalars === 'function' ? read(scalars(i)) : (ofAll as readonly Scalar[]), scales?.(i) ?? 1);
  // A merge from which the inputs restart can be repeated if it fails half-way. Anything else makes room for all first.
  const reserved = inputsFollow === 'not' ? reserveAll(runner, states, inputs, counters) : null;
  for (let i = 0; i < states.length; ++i) {
    const [each, input] = [states[i] as readonly Variable[], inputs[i] as Tensor];
    const [first] = each as [Variable];
    const outs = reserved?.[i] ?? runner.reserve(each, input, first.dataId === input.dataId ? 2 : 1);
    const values = runner.run(each, input, same ?? scalarsOf(i), outs);
    if (values !== allOverwritten) assignAll(each, values);
    if (inputsFollow === 'not' || (inputsFollow === 'copied' && runner.copy?.(first, input))) continue;
    (input as Variable).assign(first);
  }
  counters.forEach((counter, i) => {
    advance(runner, counter, reserved?.[states.length + i] ?? allOverwritten);
  });
  return true;
}

/** As numbers where values can be read: an op of tfjs takes longer than the step of a small variable (measured). */
function advance(runner: Runner, { variable, op, by }: Counter, outs: Outs): void {
  if (!runner.set) {
    tidy(() => variable.assign(op === 'set' ? scalar(by) : (op === 'mul' ? mul : add)(variable, by)));
    return;
  }
  const number = Math.fround(by);
  const next = op === 'set' ? number : op === 'mul' ? toNumber(variable) * number : toNumber(variable) + number;
  assignAll([variable], runner.set(variable, Math.fround(next), outs));
}

function assignAll(variables: readonly Variable[], values: Outs): void {
  variables.forEach((variable, i) => {
    const info = values[i];
    if (!info) return;
    const tensor = toTensor(info);
    variable.assign(tensor);
    tensor.dispose();
  });
}

const toNumber = (scalar: Scalar): number => (typeof scalar === 'number' ? scalar : (scalar.dataSync()[0] as number));

/** For the states of each update, then for each counter. */
function reserveAll(
  runner: Runner,
  states: readonly (readonly Variable[])[],
  inputs: readonly Tensor[],
  counters: readonly Counter[],
): Outs[] {
  const reserved: Outs[] = [];
  try {
    for (const [i, each] of states.entries()) reserved.push(runner.reserve(each, inputs[i] as Tensor, 1));
    for (const { variable } of counters) reserved.push(runner.reserve([variable], variable, 1));
  } catch (error) {
    for (const out of reserved.flat()) if (out) backend().disposeData(out.dataId);
    throw error;
  }
  return reserved;
}
