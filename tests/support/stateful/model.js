/** What the package must do, in plain JavaScript. Written against the documentation, not against the package. */

import { withoutReplacedSlots } from '../inner-optimizers.js';
import { merge } from '../reference.js';
import { tf } from '../tf.js';
import { inScope } from './in-scope.js';

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

  constructor({ k, alpha }) {
    this.k = k;
    this.alpha = alpha;
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
    this.slow = this.slow.map((slow, j) => merge(slow, this.fast[this.met[j]], this.alpha));
    this.met.forEach((i, j) => {
      this.setFast(i, this.slow[j]);
    });
    this.stepsInCycle = 0;
  }

  /** @returns whether it merged. */
  advance() {
    ++this.step;
    ++this.stepsInCycle;
    const merges = this.stepsInCycle >= this.k;
    if (merges) this.merge();
    return merges;
  }

  /** Whether restored slow weights wait for variables that are not known yet. */
  get isWaiting() {
    return false;
  }

  /** A copy of what a restored object gets back. */
  saved() {
    const { met, slow, step, stepsInCycle } = this;
    return { met: [...met], slow: [...slow], step, stepsInCycle, fast: [...this.fast] };
  }

  /** @returns whether what was saved fits. */
  restore({ met, slow, step, stepsInCycle }) {
    const shapesOf = (numbers) => JSON.stringify(numbers.map((i) => this.shapes[i]));
    if (shapesOf(met) !== shapesOf(this.met)) return false;
    Object.assign(this, { slow: [...slow], step, stepsInCycle });
    return true;
  }

  /** Over all variables, anew. */
  start() {
    Object.assign(this, { met: [], slow: [], step: 0, stepsInCycle: 0 });
    this.meet([...this.fast.keys()]);
  }

  /** What is neither a tensor of the user's nor a slow weight that can be seen. */
  hidden() {
    return { variables: 0, tensors: 0 };
  }

  dispose() {}
}

const momentumProperties = ['accumulations', 'accumulatedFirstMoment'];
const isSlot = (value) => value?.variable instanceof tf.Variable;

/** The tensors that an optimizer of tfjs holds, by property, for a slot with its place: `accumulations/0`. */
export function innerState(optimizer) {
  const entries = Object.entries(optimizer).flatMap(([property, value]) => {
    if (value instanceof tf.Tensor) return [[property, value]];
    return Array.isArray(value) ? value.filter(isSlot).map(({ variable }, i) => [`${property}/${i}`, variable]) : [];
  });
  return new Map(entries);
}

/**
 * Its inner steps are those of the same optimizer, unwrapped, on variables of its own. That one goes by position: it is
 * given all variables, always in the order in which they were met.
 */
export class OptimizerModel extends LookaheadModel {
  /** What was restored for variables that are not known yet. */
  waiting = { met: [], slow: [] };
  cached = [];
  twins = [];
  hasSaved = false;

  constructor({ inner, pullbackMomentum, ...config }) {
    super(config);
    this.makeInner = inner;
    this.pullbackMomentum = pullbackMomentum;
    this.inner = inner();
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
    if (this.inner.setLearningRate) this.inner.setLearningRate(rate);
    else this.inner.learningRate = rate;
  }

  /** @returns the variables in their order, with restored slow weights, once these are listed; null where that is refused. */
  matching(listed) {
    const { met, slow } = this.waiting;
    if (listed.length === 0) return { numbers: [], slow: [] };
    if (met.length === 0) {
      const numbers = listed.filter((i) => !this.met.includes(i));
      return { numbers, slow: numbers.map((i) => this.fast[i]) };
    }
    const byName = listed.every((i) => met.includes(i)) || met.every((i) => listed.includes(i));
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
   * The variables that have a gradient. Where restored slow weights wait for theirs and none has one, all that are named,
   * since a step that changes none of them can merge.
   */
  listedBy(gradients) {
    const all = [...gradients.keys()];
    const stepped = all.filter((i) => gradients.get(i));
    return stepped.length === 0 && this.isWaiting ? all : stepped;
  }

  /** @param gradients from the number of a variable to its gradient or null. */
  applyGradients(gradients) {
    if (!this.list(this.listedBy(gradients))) return false;
    tf.tidy(() => {
      const gradient = (i) => gradients.get(i) && tf.tensor(gradients.get(i).slice(), this.shapes[i]);
      this.inner.applyGradients(this.met.map((i) => ({ name: this.twins[i].name, tensor: gradient(i) ?? null })));
    });
    for (const i of this.met) this.fast[i] = this.twins[i].dataSync().slice();
    for (const { variable } of this.momentumSlots().slice(this.cached.length)) {
      this.cached.push(new Float32Array(variable.size));
    }
    this.advance();
    return true;
  }

  momentumSlots() {
    if (this.pullbackMomentum === 'none') return [];
    return momentumProperties.map((property) => this.inner[property]).find(Array.isArray);
  }

  merge() {
    super.merge();
    this.momentumSlots().forEach(({ variable }, j) => {
      if (this.pullbackMomentum === 'pullback') {
        this.cached[j] = merge(this.cached[j], variable.dataSync().slice(), this.alpha);
      }
      assign(variable, this.cached[j]); // with 'reset' it stays at zero
    });
  }

  saved() {
    this.hasSaved = true;
    const { waiting, cached, inner } = this;
    const all = super.saved();
    const slots = Object.entries(inner).filter(([, value]) => Array.isArray(value) && value.some(isSlot));
    return {
      ...all,
      met: [...waiting.met, ...all.met],
      slow: [...waiting.slow, ...all.slow],
      cached: [...cached],
      iterations: inner.iterations,
      singles: Object.entries(inner)
        .filter(([, value]) => value instanceof tf.Variable)
        .map(([property, variable]) => [property, variable.dataSync().slice()]),
      slots: slots.map(([property, list]) => [property, list.map((slot) => valueOfSlot(slot))]),
    };
  }

  /** @param isNew whether into another optimizer than the one that has met variables. */
  restore({ met, slow, step, stepsInCycle, cached, iterations, singles, slots }, isNew) {
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
    Object.assign(this, { met: [...here.met], slow: [...here.slow], waiting: later, step, stepsInCycle });
    this.cached = [...cached];
    const { learningRate } = this;
    disposeInner(this.inner);
    this.inner = this.makeInner();
    this.learningRate = learningRate;
    this.inner.iterations_ = iterations;
    for (const [property, values] of singles) assign(this.inner[property], values);
    for (const [property, values] of slots) this.inner[property] = values.map(slotOfValue);
  }

  /** What the inner optimizer's own list does: a new cycle starts, over the variables that it has slots for. */
  async restoreInner() {
    const met = [...this.waiting.met, ...this.met];
    const { inner } = this;
    await inScope(() => withoutReplacedSlots(this, async () => inner.setWeights(await inner.getWeights())));
    Object.assign(this, { met: [], slow: [], waiting: { met: [], slow: [] }, step: 0, stepsInCycle: 0 });
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
    disposeInner(this.inner);
    tf.dispose(this.twins);
  }
}

const assign = (variable, values) => tf.tidy(() => variable.assign(tf.tensor(values.slice(), variable.shape)));

const valueOfSlot = ({ originalName, variable }) => [originalName, variable.shape, variable.dataSync().slice()];

const slotOfValue = ([originalName, shape, values]) => ({
  originalName,
  variable: tf.tidy(() => tf.variable(tf.tensor(values.slice(), shape), false)),
});

/** All of it: the `dispose` of Momentum leaves a scalar. */
function disposeInner(optimizer) {
  optimizer.dispose();
  for (const tensor of innerState(optimizer).values()) if (!tensor.isDisposed) tensor.dispose();
}
