/**
 * The behaviour that the package must have, in plain JavaScript. Written against the documentation, not against the
 * package.
 */

import { withoutReplacedSlots } from '../inner-optimizers.js';
import { ownOptimizers } from '../package-optimizers.js';
import { merge } from '../reference.js';
import { tf } from '../tf.js';
import { inScope } from './in-scope.js';

const { fround } = Math;

/** No array in here is ever written, so that copies of the state may share them. */
export class LookaheadModel {
  /** The value and the shape of every variable of the user's, by its number. */
  fast = [];
  shapes = [];
  /** The numbers of the variables that are looked ahead, and their slow weights in the same order. */
  met = [];
  slow = [];
  step = 0;
  stepsInCycle = 0;
  /** One of tfjs, unwrapped: it goes by position, in the order of the slow weights. */
  outer = null;

  /** @param makeOuter makes an outer optimizer; null: alpha steps the slow weights. */
  constructor({ k, alpha, makeOuter, restart }) {
    this.k = k;
    this.alpha = makeOuter ? Number.NaN : alpha;
    this.makeOuter = makeOuter;
    this.restart = restart;
    this.renewOuter();
  }

  /** @param iterations of the optimizer that it replaces. */
  renewOuter(iterations = 0) {
    this.outer = this.makeOuter && renewed(this.outer, this.makeOuter, iterations);
  }

  addVariable(shape, values) {
    this.shapes.push(shape);
    this.fast.push(values);
  }

  setFast(i, values) {
    this.fast[i] = values;
  }

  meet(numbers, slow = numbers.map((i) => this.fast[i])) {
    this.met.push(...numbers);
    this.slow.push(...slow);
  }

  merge() {
    const fast = this.met.map((i) => this.fast[i]);
    this.slow = this.outer
      ? stepOuter(this.outer, this.slow, fast)
      : this.slow.map((slow, j) => merge(slow, fast[j], this.alpha));
    if (this.restart) this.goBack();
    this.stepsInCycle = 0;
  }

  goBack() {
    this.met.forEach((i, j) => {
      this.setFast(i, this.slow[j]);
    });
  }

  adopt() {
    this.slow = this.met.map((i) => this.fast[i]);
    this.stepsInCycle = 0;
  }

  /** @returns whether it merged. Where a merge is refused, the step does not count. */
  advance() {
    const merges = this.stepsInCycle + 1 >= this.k;
    if (merges) this.merge();
    else ++this.stepsInCycle;
    ++this.step;
    return merges;
  }

  /** Whether restored slow weights wait for variables that are not known yet. */
  get isWaiting() {
    return false;
  }

  /** A copy of what a restored object gets back. */
  saved() {
    const { met, slow, step, stepsInCycle, outer } = this;
    const savedOuter = outer && savedState(outer);
    return { met: [...met], slow: [...slow], step, stepsInCycle, fast: [...this.fast], outer: savedOuter };
  }

  restoreOuter(saved) {
    this.renewOuter();
    if (saved) restoreState(this.outer, saved);
  }

  /** @returns whether what was saved fits. */
  restore({ met, slow, step, stepsInCycle, outer }) {
    const shapesOf = (numbers) => JSON.stringify(numbers.map((i) => this.shapes[i]));
    if (shapesOf(met) !== shapesOf(this.met)) return false;
    Object.assign(this, { slow: [...slow], step, stepsInCycle });
    this.restoreOuter(outer);
    return true;
  }

  /** Over all variables, anew. */
  start() {
    Object.assign(this, { met: [], slow: [], step: 0, stepsInCycle: 0 });
    this.renewOuter();
    this.meet([...this.fast.keys()]);
  }

  /** How many variables and tensors are neither the user's nor slow weights that can be seen. */
  hidden() {
    return { variables: 0, tensors: 0 };
  }

  get optimizers() {
    return this.outer ? [this.outer] : [];
  }

  dispose() {
    this.optimizers.forEach(disposeInner);
  }
}

const momentumProperties = ['accumulations', 'accumulatedFirstMoment'];
const isSlot = (value) => value?.variable instanceof tf.Variable;

/** The tensors that an optimizer of tfjs holds, by property, for a slot with its place: `accumulations/0`. */
export function innerState(optimizer) {
  const entries = Object.entries(optimizer).flatMap(([property, value]) => {
    if (value instanceof tf.Tensor) return [[property, value]];
    return slotsIn(value).map(([i, { variable }]) => [`${property}/${i}`, variable]);
  });
  return new Map(entries);
}

/** SGD and Momentum have a method for it. */
export function setRate(optimizer, rate) {
  if (optimizer.setLearningRate) optimizer.setLearningRate(rate);
  else optimizer.learningRate = rate;
}

/** A list of slots has holes where there is none yet. */
const slotsIn = (value) => (Array.isArray(value) ? [...value.entries()].filter(([, slot]) => isSlot(slot)) : []);

/** How many cycles in a row may be undone. */
const MOST_IN_A_ROW = 10;

/**
 * Its inner steps are those of the same optimizer, unwrapped, on variables of its own. That optimizer goes by position:
 * it gets all variables, always in the order in which they were met.
 */
export class OptimizerModel extends LookaheadModel {
  /** The state that was restored for variables that are not known yet. */
  waiting = { met: [], slow: [] };
  cached = [];
  twins = [];
  restores = 0;
  restoresInARow = 0;

  constructor({ inner, pullbackMomentum, nonFinite, ...config }) {
    super(config);
    this.makeInner = inner;
    this.pullbackMomentum = pullbackMomentum;
    this.nonFinite = nonFinite;
    this.inner = inner();
  }

  get optimizers() {
    return [this.inner, ...super.optimizers];
  }

  addVariable(shape, values) {
    this.twins.push(tf.tidy(() => tf.variable(tf.tensor(values.slice(), shape), true, `twin${this.twins.length}`)));
    super.addVariable(shape, values);
  }

  setFast(i, values) {
    super.setFast(i, values);
    assign(this.twins[i], values);
  }

  /** It meets its variables at their first steps. */
  start() {}

  get isWaiting() {
    return this.waiting.met.length > 0;
  }

  get learningRate() {
    return this.inner.learningRate;
  }

  set learningRate(rate) {
    setRate(this.inner, rate);
  }

  /**
   * @returns the variables in their order, with the restored slow weights that they find; null if the list is refused.
   */
  matching(listed) {
    const { met, slow } = this.waiting;
    if (listed.length === 0) return { numbers: [], slow: [] };
    if (met.length === 0) {
      const numbers = listed.filter((i) => !this.met.includes(i));
      return { numbers, slow: numbers.map((i) => this.fast[i]) };
    }
    const byName = this.areTold(listed);
    const byPosition = listed.length >= met.length && !listed.some((i) => met.includes(i));
    if (!byName && !byPosition) return null;
    const numbers = byName ? [...new Set([...met, ...listed])] : listed;
    const isFitting = met.every((saved, j) => String(this.shapes[saved]) === String(this.shapes[numbers[j]]));
    return isFitting ? { numbers, slow: numbers.map((i, j) => slow[j] ?? this.fast[i]) } : null;
  }

  /** @returns whether it was not refused. */
  list(listed) {
    const found = this.matching(listed);
    if (!found) return false;
    this.meet(found.numbers, found.slow);
    if (listed.length > 0) this.waiting = { met: [], slow: [] };
    return true;
  }

  /**
   * The variables that have a gradient. If restored slow weights wait for theirs, also those that were saved, where names tell.
   * If none has a gradient, all variables that are named, since a step that changes none of them can merge.
   */
  listedBy(gradients) {
    const all = [...gradients.keys()];
    const stepped = all.filter((i) => gradients.get(i));
    if (!this.isWaiting) return stepped;
    if (stepped.length === 0) return all;
    const named = all.filter((i) => gradients.get(i) || this.waiting.met.includes(i));
    return this.areTold(named) ? named : stepped;
  }

  /** Whether names tell which variables were saved. */
  areTold(listed) {
    const { met } = this.waiting;
    return listed.every((i) => met.includes(i)) || met.every((i) => listed.includes(i));
  }

  /** @param gradients from the number of a variable to its gradient or null. */
  applyGradients(gradients) {
    if (!this.list(this.listedBy(gradients))) return false;
    tf.tidy(() => {
      const gradient = (i) => gradients.get(i) && tf.tensor(gradients.get(i).slice(), this.shapes[i]);
      const all = this.met.map((i) => ({ name: this.twins[i].name, tensor: gradient(i) ?? null }));
      // Without any gradient, none gets its slots, unless all are listed as they are known.
      const isListed = all.some(({ tensor }) => tensor) || String([...gradients.keys()]) === String(this.met);
      this.inner.applyGradients(isListed ? all : []);
    });
    for (const i of this.met) this.fast[i] = this.twins[i].dataSync().slice();
    this.momentumSlots().forEach(({ variable }, j) => {
      this.cached[j] ??= new Float32Array(variable.size);
    });
    this.advance();
    return true;
  }

  momentumSlots() {
    if (this.pullbackMomentum === 'none') return [];
    return momentumProperties.map((property) => this.inner[property]).find(Array.isArray);
  }

  /** After a merge the momentum equals what is cached of it. */
  adoptMomentum() {
    if (this.pullbackMomentum !== 'pullback' || this.stepsInCycle > 0) return;
    this.cached = this.momentumSlots().map(({ variable }) => variable.dataSync().slice());
  }

  get isSpoiled() {
    return this.nonFinite !== 'propagate' && this.met.some((i) => !this.fast[i].every(Number.isFinite));
  }

  /**
   * Whether the slow weights are such that an outer step makes nothing finite of them. A merge by alpha does not look
   * at them.
   */
  get areSlowSpoiled() {
    return this.nonFinite !== 'propagate' && this.outer && this.slow.some((values) => !values.every(Number.isFinite));
  }

  /** @throws Error with a part of the message. */
  merge() {
    if (this.isSpoiled || this.areSlowSpoiled) {
      this.undo();
      return;
    }
    this.restoresInARow = 0;
    super.merge();
    this.momentumSlots().forEach(({ variable }, j) => {
      if (this.pullbackMomentum === 'reset') assign(variable, new Float32Array(variable.size));
      else {
        this.cached[j] = merge(this.cached[j], variable.dataSync().slice(), this.alpha);
        assign(variable, this.cached[j]);
      }
    });
  }

  /** Does what a merge does where a weight is not finite. */
  undo() {
    if (this.slow.some((values) => !values.every(Number.isFinite))) throw new Error('its slow weight is no better');
    if (this.nonFinite === 'throw') throw new Error('is not finite after this cycle; nothing was merged');
    this.goBack();
    this.stepsInCycle = 0;
    this.cached = [];
    this.renewInner(this.inner.iterations);
    ++this.restores;
    ++this.restoresInARow;
    if (this.restoresInARow >= MOST_IN_A_ROW) throw new Error(`${this.restoresInARow} cycles in a row`);
  }

  /** @throws Error with a part of the message. */
  adopt() {
    if (this.isSpoiled) throw new Error('nothing was adopted');
    super.adopt();
    if (this.pullbackMomentum !== 'pullback') return;
    this.cached = this.momentumSlots().map(({ variable }) => variable.dataSync().slice());
  }

  /**
   * A variable was disposed, and there is another with its name.
   *
   * @param inItsPlace whether that one takes the place of the former at once. Otherwise it is one that was never met.
   */
  replaceVariable(i, values, inItsPlace) {
    this.setFast(i, values);
    const j = this.met.indexOf(i);
    if (j < 0) return;
    if (inItsPlace) {
      this.slow[j] = values;
      const slot = this.momentumSlots()[j];
      if (slot) this.cached[j] = new Float32Array(slot.variable.size);
      if (this.outer) removeSlots(this.outer, j, true);
      if (this.inner.getClassName() in ownOptimizers) clearSlots(this.inner, j);
      return;
    }
    for (const list of [this.met, this.slow, this.cached]) list.splice(j, 1);
    for (const optimizer of this.optimizers) removeSlots(optimizer, j, false);
  }

  saved() {
    const { waiting, cached, inner, restores, restoresInARow } = this;
    const all = super.saved();
    return {
      ...all,
      met: [...waiting.met, ...all.met],
      slow: [...waiting.slow, ...all.slow],
      cached: [...cached],
      inner: savedState(inner),
      counts: { restores, restoresInARow },
    };
  }

  renewInner(iterations) {
    this.inner = renewed(this.inner, this.makeInner, iterations);
  }

  /** @param isNew whether it goes into another optimizer than the one that has met variables. */
  restore({ met, slow, step, stepsInCycle, cached, inner, outer, counts }, isNew) {
    const areKnown = !isNew && met.every((i) => this.met.includes(i));
    const [here, later] = areKnown
      ? [
          { met, slow },
          { met: [], slow: [] },
        ]
      : [
          { met: [], slow: [] },
          { met, slow },
        ];
    Object.assign(this, { met: [...here.met], slow: [...here.slow], waiting: later, step, stepsInCycle, ...counts });
    this.cached = [...cached];
    this.renewInner(0);
    restoreState(this.inner, inner);
    this.restoreOuter(outer);
  }

  /** Does what the inner optimizer's own list does: a new cycle starts, over the variables that it has slots for. */
  async restoreInner() {
    const met = [...this.waiting.met, ...this.met];
    const { inner } = this;
    await inScope(() => withoutReplacedSlots(this, () => restoreBare(inner, inner)));
    Object.assign(this, { met: [], slow: [], waiting: { met: [], slow: [] }, step: 0, stepsInCycle: 0 });
    Object.assign(this, { restores: 0, restoresInARow: 0 });
    this.renewOuter(this.outer?.iterations);
    this.meet(met);
    if (this.pullbackMomentum === 'pullback') {
      this.cached = this.momentumSlots().map(({ variable }) => variable.dataSync().slice());
    }
  }

  hidden() {
    const { pullbackMomentum, cached, waiting } = this;
    return { variables: pullbackMomentum === 'pullback' ? cached.length : 0, tensors: waiting.met.length };
  }

  dispose() {
    super.dispose();
    tf.dispose(this.twins);
  }
}

const assign = (variable, values) => tf.tidy(() => variable.assign(tf.tensor(values.slice(), variable.shape)));

/** All that an optimizer of tfjs holds, as values. */
const savedState = (optimizer) => ({
  iterations: optimizer.iterations,
  singles: Object.entries(optimizer)
    .filter(([, value]) => value instanceof tf.Variable)
    .map(([property, variable]) => [property, variable.dataSync().slice()]),
  slots: Object.entries(optimizer).flatMap(([property, value]) =>
    slotsIn(value).map(([i, { originalName, variable }]) => {
      return { property, i, originalName, shape: variable.shape, values: variable.dataSync().slice() };
    }),
  ),
});

/** Restores the list of a bare optimizer. One of the package's own keeps its iterations in a variable. */
export async function restoreBare(optimizer, bare) {
  const list = await bare.getWeights();
  await optimizer.setWeights(list);
  list[0].tensor.dispose();
}

/** Into a new optimizer. */
function restoreState(optimizer, { iterations, singles, slots }) {
  optimizer.iterations_ = iterations;
  for (const [property, values] of singles) assign(optimizer[property], values);
  for (const { property, i, originalName, shape, values } of slots) {
    const variable = tf.tidy(() => tf.variable(tf.tensor(values.slice(), shape), false));
    optimizer[property][i] = { originalName, variable };
  }
}

/** A new optimizer in the place of another, at the rate of that one, and after so many iterations. */
function renewed(optimizer, make, iterations) {
  const fresh = make();
  if (optimizer) {
    setRate(fresh, optimizer.learningRate);
    if ('epsilon' in optimizer) fresh.epsilon = optimizer.epsilon; // its default is that of the active backend
    disposeInner(optimizer);
  }
  fresh.iterations_ = iterations;
  return fresh;
}

/** Begins the slots of the variable at this place anew: the package's own optimizers know them by the variable. */
function clearSlots(optimizer, place) {
  for (const [j, { variable }] of Object.values(optimizer).flatMap(slotsIn)) {
    if (j === place) tf.tidy(() => variable.assign(tf.zerosLike(variable)));
  }
}

/** Removes the slots of the variable at this place. The place then stays, as a hole, or is closed. */
function removeSlots(optimizer, place, leavesHole) {
  for (const value of Object.values(optimizer)) {
    const slots = new Map(slotsIn(value));
    slots.get(place)?.variable.dispose();
    if (!Array.isArray(value)) continue;
    if (leavesHole) delete value[place];
    else value.splice(place, 1);
  }
}

/** The pseudo-gradient is slow - fast; a weight that nothing has moved has none. */
function stepOuter(outer, slow, fast) {
  const gradients = slow.map((values, j) => values.map((value, i) => fround(value - fast[j][i])));
  const isMoved = gradients.map((gradient) => gradient.some((value) => value !== 0));
  if (!isMoved.includes(true)) return slow;
  const variables = slow.map((values, j) => tf.tidy(() => tf.variable(tf.tensor1d(values.slice()), true, `outer${j}`)));
  tf.tidy(() => {
    const tensors = gradients.map((gradient, j) => (isMoved[j] ? tf.tensor1d(gradient) : null));
    outer.applyGradients(variables.map(({ name }, j) => ({ name, tensor: tensors[j] })));
  });
  const stepped = variables.map((variable) => variable.dataSync().slice());
  tf.dispose(variables);
  return stepped;
}

/** All of it: the `dispose` of Momentum leaves a scalar. */
function disposeInner(optimizer) {
  optimizer.dispose();
  for (const tensor of innerState(optimizer).values()) if (!tensor.isDisposed) tensor.dispose();
}
