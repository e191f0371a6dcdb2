import type { Optimizer, Tensor, Variable } from '@tensorflow/tfjs-core';
import { checkAlive, checkValue, checkVariables } from './base/checks.js';
import { at, describe, mistake, refuse } from './base/errors.js';
import type { NamedTensor } from './base/named-tensor.js';
import { change, type LookaheadConfig, loopSettings, readSettings, type Settings } from './lookahead-settings.js';
import { checkEntries, entriesOf, isReadable, iterationsOf, writeEntries, writeIterations } from './state/entries.js';
import { own } from './state/life.js';
import { open, pack } from './weights/saved-list.js';
import { SlowWeights } from './weights/slow-weights.js';

/**
 * Lookahead: "k steps forward, 1 step back" (Zhang, Lucas, Hinton, Ba 2019, arXiv 1907.08610, Algorithm 1).
 *
 * The fast weights are the given variables, stepped by whatever optimizer you use. After every k of its steps
 *
 *     slow += alpha * (fast - slow)
 *     fast  = slow
 *
 * or, with an outer optimizer, a step of that on the slow weights instead of the first line, with slow - fast as their
 * gradient.
 *
 * With alpha = 1 this is the inner optimizer alone; with alpha = 0 every merge returns to the first weights. No
 * tensor or array that you hold ever changes: where anything shares a slow weight's buffer, the merged weight gets a
 * new one.
 *
 * @example
 * const lookahead = new Lookahead(model.getWeights(true), { k: 5, alpha: 0.5 });
 * for (let step = 0; step < 1000; ++step) {
 *   optimizer.minimize(loss);
 *   lookahead.sync(); // once after each step of the optimizer
 * }
 */
export class Lookahead {
  readonly #weights: SlowWeights;

  /**
   * Takes the variables' present values as the first slow weights.
   *
   * @param variables the float32 `tf.Variable`s to look ahead, of any shape, trainable or not. `model.getWeights(true)`
   * returns those of a layers model, though it is typed `Tensor[]`. One that comes twice counts once.
   * @param config see {@link LookaheadConfig}.
   * @throws Error if the list is empty, or has a member that is not a variable, was disposed or is not float32; if k or
   * alpha is out of range; if there are both alpha and an outer optimizer, or one that was disposed or belongs to another
   * Lookahead; if the config has another key.
   * @example
   * const lookahead = new Lookahead(model.getWeights(true), { k: 5, alpha: 0.5 });
   */
  constructor(variables: readonly Tensor[], config: LookaheadConfig = {}) {
    const settings = at('Lookahead', () => {
      checkVariables(variables);
      if (variables.length > 0) return readSettings<Settings>(loopSettings, config);
      throw mistake(
        "'variables' is empty. Pass the variables to look ahead, as model.getWeights(true) returns them. A model has " +
          'none before it is built, and none that are trainable while all its layers are frozen.',
      );
    });
    if (settings.outer) own(settings.outer);
    this.#weights = new SlowWeights(settings);
    this.#weights.append([...new Set(variables)] as Variable[]);
  }

  /**
   * The outer optimizer, which steps the slow weights instead of alpha, if there is one: as given, so {@link fused} if that
   * was.
   */
  get outer(): Optimizer | null {
    return this.#weights.settings.outer;
  }

  /** Whether the fast weights restart from the slow ones at a merge. */
  get restart(): boolean {
    return this.#weights.settings.restart;
  }

  /** Fast steps from one merge to the next. Assignable, and takes effect in the cycle that is under way. */
  get k(): number {
    return this.#weights.settings.k;
  }

  set k(k: number) {
    at('Lookahead', () => change(this.#weights.settings, 'k', k));
  }

  /**
   * How far the slow weights step towards the fast ones at a merge. Assignable, so that a schedule is one line. With an
   * outer optimizer it is NaN: set the learning rate of {@link outer} then, of SGD and Momentum with `setLearningRate()`.
   */
  get alpha(): number {
    return this.#weights.settings.alpha;
  }

  set alpha(alpha: number) {
    at('Lookahead', () => change(this.#weights.settings, 'alpha', alpha));
  }

  /** Calls of {@link sync} so far. A restored state brings its own count. */
  get step(): number {
    return this.#weights.counters.step;
  }

  /** Calls of {@link sync} since the last merge: from 0 to k - 1, or more where k has become less since. */
  get stepsInCycle(): number {
    return this.#weights.counters.stepsInCycle;
  }

  /** The variables that hold the fast weights, in the order they were given. */
  get variables(): Variable[] {
    return [...this.#weights.fast];
  }

  /**
   * The slow weights, in the order of {@link variables}: non-trainable variables named `lookahead/<name>`. They belong
   * to this object: read them, do not assign or dispose them.
   */
  get slowWeights(): Variable[] {
    return [...this.#weights.slow];
  }

  /**
   * Looks further variables ahead from now on, with the same counter: layers that are unfrozen during training, for
   * instance. Call it before the first optimizer step that changes them.
   *
   * @param variables as for the constructor, and none that is looked ahead already.
   * @param slowWeights where their slow weights start, of the same shapes; by default their present values. Of a variable that
   * comes twice, the last counts.
   * @throws Error as the constructor and {@link sync} do; then nothing has changed.
   */
  add(variables: readonly Tensor[], slowWeights: readonly Tensor[] = variables): void {
    this.#run('Lookahead.add', (weights) => {
      checkVariables(variables);
      if (!Array.isArray(slowWeights) || slowWeights.length !== variables.length) {
        refuse('slowWeights', slowWeights, `an array of one tensor for each of the ${variables.length} variables`);
      }
      const values = new Map<Variable, Tensor>();
      variables.forEach((fast, i) => {
        if (weights.fast.includes(fast)) {
          throw mistake(`'variables[${i}]', ${describe(fast)}, is looked ahead already. Pass only those that are new.`);
        }
        const remedy = 'Pass the value where the slow weight starts, or nothing: it then starts at the present value.';
        checkValue(`slowWeights[${i}]`, slowWeights[i], fast, remedy);
        values.set(fast, slowWeights[i]);
      });
      weights.append([...values.keys()], [...values.values()]);
    });
  }

  /**
   * Counts one step of the inner optimizer, and merges at every k-th. Call it once after each step.
   *
   * @returns whether it merged.
   * @throws Error after {@link dispose}, inside {@link withSlowWeights}, or if a variable was disposed; then nothing
   * has changed.
   */
  sync(): boolean {
    return this.#run('Lookahead.sync', (weights) => weights.advance());
  }

  /**
   * Merges now, whatever {@link stepsInCycle} is, and starts a new cycle: at the end of training, for instance.
   *
   * @throws Error as {@link sync} does.
   */
  flush(): void {
    this.#run('Lookahead.flush', (weights) => weights.merge());
  }

  /**
   * Takes the values that the variables have now as the slow weights, and starts a new cycle; an outer optimizer keeps its
   * state. Call it after anything but the optimizer has changed the variables, `model.setWeights` for instance: the next
   * merge would pull them back to what they were.
   *
   * @throws Error as {@link sync} does.
   */
  adopt(): void {
    this.#run('Lookahead.adopt', (weights) => weights.adopt());
  }

  /**
   * Runs `fn` with the slow weights in the variables, to evaluate or to save the model, and puts the fast weights back
   * when it returns or throws, or when the promise it returns is settled. What `fn` does to the variables is undone.
   *
   * @param fn may be async; then await the result.
   * @returns what `fn` returns.
   * @throws Error as {@link sync} does, and whatever `fn` throws.
   */
  withSlowWeights<T>(fn: () => T): T {
    return this.#run('Lookahead.withSlowWeights', (weights) => weights.use(fn));
  }

  /**
   * The whole state: the counters, the slow weights, and what an outer optimizer holds, for {@link setWeights} or
   * `tf.io.encodeWeights`. Together with the variables' values and the inner optimizer's weights, training resumes from it
   * bit for bit, in mid-cycle too.
   *
   * @returns new tensors that no later merge changes; dispose them when done. The last, `lookahead:1/state`, is a text
   * with the counters; the number is that of the format.
   * @throws Error after {@link dispose}, if a slow weight was disposed, or if the outer optimizer is of a class that alone
   * knows its state.
   */
  getWeights(): NamedTensor[] {
    const read = ({ fast, slow, counters, settings: { outer } }: SlowWeights) => {
      if (outer && !isReadable(outer)) {
        throw mistake(
          "'outer' is of a class of its own, which alone knows its state. Use lookahead(), whose getWeights() is asynchronous, " +
            'and asks it.',
        );
      }
      checkAlive('slowWeights', slow);
      const parts = {
        slow: slow.map((weight, i) => ({ name: (fast[i] as Variable).name, tensor: weight as Tensor })),
        outer: outer ? entriesOf(outer) : [],
      };
      return pack(parts, { ...counters, outerIterations: outer ? iterationsOf(outer) : 0 }, { inner: null, outer });
    };
    return this.#run('Lookahead.getWeights', read, false);
  }

  /**
   * Takes over the state that {@link getWeights} returned, here or in another process. It matches by position, since
   * names change when a model is loaded again. The variables are left as they are.
   *
   * @param weights are not disposed, and you may dispose them afterwards.
   * @throws Error if count, shapes, dtypes or counters are not those of a {@link getWeights} over variables like these,
   * with an outer optimizer like this one, and as {@link sync} does; then nothing has changed.
   */
  setWeights(weights: readonly NamedTensor[]): void {
    this.#run('Lookahead.setWeights', (store) => {
      const { slow, counters, settings } = store;
      const { outer } = settings;
      const { parts: saved, counts } = open(weights, { inner: null, outer });
      if (saved.slow.length !== slow.length) {
        const problem = `'weights' hold ${saved.slow.length} slow weights, but there are ${slow.length} variables`;
        throw mistake(`${problem}. Pass what getWeights() returned for a model like this one.`);
      }
      saved.slow.forEach(({ name, tensor }, i) => {
        checkValue(`the slow weight of '${name}'`, tensor, slow[i] as Variable);
      });
      const shapes = slow.map(({ shape }) => shape);
      if (outer) checkEntries('outer', outer, saved.outer, shapes);
      store.assign(saved.slow.map(({ tensor }) => tensor));
      counters.step = counts.step;
      counters.stepsInCycle = counts.stepsInCycle;
      if (!outer) return;
      for (const slot of writeEntries(outer, saved.outer)) slot.dispose();
      writeIterations(outer, counts.outerIterations);
    });
  }

  /**
   * Disposes the slow weights and the outer optimizer; the variables stay. A second call does nothing.
   *
   * @throws Error inside {@link withSlowWeights}.
   */
  dispose(): void {
    if (this.#weights.isDisposed) return;
    at('Lookahead.dispose', () => this.#weights.checkFastAreIn());
    this.#weights.dispose();
  }

  #run<T>(where: string, run: (weights: SlowWeights) => T, needsFast = true): T {
    return at(where, () => {
      const weights = this.#weights;
      if (weights.isDisposed) throw mistake('this Lookahead was disposed. Make a new one over the same variables.');
      if (needsFast) weights.checkReady();
      return run(weights);
    });
  }
}
