/** Where rules meet backends: which runner runs a rule where, as an op of tfjs and as an assignment to variables. */

import {
  backend,
  getBackend,
  getKernel,
  type KernelBackend,
  type KernelFunc,
  registerKernel,
  type Tensor,
  type TensorInfo,
  type Variable,
} from '@tensorflow/tfjs-core';
import { readyBackend } from '../base/checks.js';
import { mistake } from '../base/errors.js';
import type { Backend, Outs, Path, Runner, Scalar } from './backends/backend.js';
import { cpu } from './backends/cpu.js';
import { wasm } from './backends/wasm.js';
import { webgl } from './backends/webgl.js';
import { webgpu } from './backends/webgpu.js';
import { counterRule } from './rules/counter.js';
import type { Rule } from './rules/rule.js';

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

/** The runner of a rule on the active backend; null where tfjs's own ops have to do it. */
export const activeRunner = (rule: Rule): Runner | null => runnerOn(activeBackend(), backend(), rule);

/** Whether reading a value of the active backend waits for a GPU. */
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
      const [outs] = reserveAll([{ runner, states, input, scalars }], 0) as [Outs];
      return runner.run(states, input, scalars, outs) as TensorInfo[];
    };
    registerKernel({ kernelName: kernelName(rule), backendName, kernelFunc });
  }
}

/** Whether and how an input takes the new value of its state; see {@link update}. */
export type Follow = 'not' | 'shared' | 'copied';

/** New values of variables by a rule. */
export interface Update<State extends Tensor = Variable> {
  /** Of the rule, on the active backend. */
  readonly runner: Runner;
  /** All of one shape. */
  readonly states: readonly State[];
  readonly input: Tensor;
  /** Tensors only where {@link isOnGPU} says yes. */
  readonly scalars: readonly Scalar[];
}

/** The update of a counter: what it is, times a factor, plus a term. There is a runner wherever there is one for a step. */
export const counting = (counter: Variable, factor: number, term: number): Update => ({
  runner: activeRunner(counterRule) as Runner,
  states: [counter],
  input: counter,
  scalars: [factor, term],
});

/**
 * Updates variables, one after the other, on the active backend.
 *
 * A tensor is immutable, so each state is assigned a new one, unless nothing can tell: where no clone, reshape or
 * initial tensor shares a state's buffer, the new values take the place of those that are there.
 *
 * @param follow unless it is 'not', the inputs are variables, and each then takes the new value of its first state:
 * 'shared', in the buffer of the state, or 'copied' into its own, which pays where the next step overwrites it. An input
 * that shares the state's buffer already is no reason against overwriting that.
 * @throws Error where the memory is full. Then nothing has changed, or if inputs follow, the same call completes it.
 */
export function update(updates: readonly Update[], follow: Follow = 'not'): void {
  // A merge from which the inputs restart can be repeated if it fails half-way. Anything else makes room for all first.
  const reserved = follow === 'not' ? reserveAll(updates, 1) : [];
  for (let i = 0; i < updates.length; ++i) {
    const each = updates[i] as Update;
    const { runner, states, input, scalars } = each;
    const first = states[0] as Variable;
    const outs = reserved[i] ?? reserve(each, first.dataId === input.dataId ? 2 : 1);
    const values = runner.run(states, input, scalars, outs);
    if (values.length > 0) assignAll(states, values);
    if (follow === 'not') continue;
    if (follow === 'copied' && runner.copy && runner.canOverwrite(input, 1)) runner.copy(first, input);
    else (input as Variable).assign(first);
  }
}

function assignAll(variables: readonly Variable[], values: Outs): void {
  values.forEach((info, i) => {
    variables[i]?.assign(info as Tensor);
    backend().disposeData(info.dataId); // one owner less: the variable owns it too by now
  });
}

/** Makes room for the new values of those states that cannot be overwritten; see {@link Runner}. */
function reserve({ runner, states, input }: Update<Tensor>, owners: number, outs: TensorInfo[] = []): Outs {
  runner.check?.(input);
  for (let i = 0; i < states.length; ++i) {
    const state = states[i] as Tensor;
    if (!runner.canOverwrite(state, owners)) outs[i] = runner.newOut?.(state.shape) as TensorInfo;
  }
  return outs;
}

/** The same for all updates, or for none. */
function reserveAll(updates: readonly Update<Tensor>[], owners: number): Outs[] {
  const reserved: TensorInfo[][] = updates.map(() => []);
  try {
    return updates.map((each, i) => reserve(each, owners, reserved[i]));
  } catch (error) {
    for (const { dataId } of reserved.flat()) backend().disposeData(dataId);
    throw error;
  }
}
