/** Optimizers of one kind beside each other, over equal variables: one that tfjs steps, and others that have to equal it. */
import * as assert from 'uvu/assert';
import { newVariable } from './backends.js';
import { innerOptimizers, tfjsOptimizers } from './inner-optimizers.js';
import { ownBesideOps } from './package-optimizers.js';
import { assertSameBits } from './reference.js';
import { tf } from './tf.js';

let made = 0;

/** An optimizer with its variables, whose names differ from those of its twins in the prefix alone. */
export class Twin {
  variables = [];
  #prefix = `twin${++made}_`;

  constructor(optimizer) {
    this.optimizer = optimizer;
  }

  /** Adds a variable of these values. */
  add(values, shape) {
    const name = `${this.#prefix}${this.variables.length}`;
    this.variables.push(newVariable(shape.length === 0 ? values[0] : values, shape, name));
  }

  /**
   * Steps. `gradients` has for each variable its values, null, or undefined for one that is not listed.
   *
   * @returns how it changed the counts of tensors, buffers and bytes.
   */
  step(gradients, asMap = false) {
    const before = tf.memory();
    tf.tidy(() => {
      const listed = this.variables.flatMap(({ name, shape }, i) => {
        const values = gradients[i];
        if (values === undefined) return [];
        return [{ name, tensor: values && tf.tensor(shape.length === 0 ? values[0] : values, shape, 'float32') }];
      });
      const given = asMap ? Object.fromEntries(listed.map(({ name, tensor }) => [name, tensor])) : listed;
      assert.is(this.optimizer.applyGradients(given), undefined);
    });
    const after = tf.memory();
    return ['numTensors', 'numDataBuffers', 'numBytes'].map((key) => after[key] - before[key]);
  }

  /** All that the variables and the optimizer hold, by what holds it: tensors, and the rest as it is. */
  get held() {
    const held = Object.fromEntries(this.variables.map((variable, i) => [`variable ${i}`, variable]));
    for (const [property, value] of Object.entries(this.optimizer)) {
      if (!Array.isArray(value)) held[property] = value;
      else {
        value.forEach(({ originalName, variable }, i) => {
          held[`${property}[${i}] ${originalName.replace(this.#prefix, '')}`] = variable;
          assert.is(variable.trainable, false);
        });
      }
    }
    return held;
  }

  /** The tensors among what is held. */
  get tensors() {
    return Object.values(this.held).filter((value) => value instanceof tf.Tensor);
  }

  set learningRate(rate) {
    if (this.optimizer.setLearningRate) this.optimizer.setLearningRate(rate);
    else this.optimizer.learningRate = rate;
  }

  /** Disposes the optimizer, with what tfjs leaves of it. */
  dispose() {
    this.optimizer.dispose();
    if (this.optimizer.getClassName() === 'Momentum') this.optimizer.c.dispose();
  }
}

/** Twins whose optimizers are each made by one of `makers`, with variables of these shapes and values. */
export function newTwins(makers, shapes, values) {
  return makers.map((make) => {
    const twin = new Twin(make());
    for (const [i, shape] of shapes.entries()) twin.add(values[i], shape);
    return twin;
  });
}

/** Makes the optimizer of a key, wrapped; or the one that it has to equal, of tfjs or composed of its ops. */
export const makerOf = (key, wrap) => () => (wrap ? wrap(innerOptimizers[key]()) : makePlain[key]());

const makePlain = {
  ...tfjsOptimizers,
  ...Object.fromEntries(Object.entries(ownBesideOps).map(([name, { inOps }]) => [name, inOps])),
};

/** Compares weights, slots and all else that an optimizer holds, bit by bit, on backends that read synchronously. */
export function assertTwins(actual, expected, message, only = () => true) {
  const [mine, theirs] = [actual.held, expected.held];
  assert.equal(Object.keys(mine), Object.keys(theirs), message);
  for (const [name, value] of Object.entries(theirs)) {
    if (!(value instanceof tf.Tensor)) assert.is(mine[name], value, `${message}: ${name}`);
    else if (only(value)) assertSameBits(mine[name].dataSync(), value.dataSync(), `${message}: ${name}`);
  }
}
