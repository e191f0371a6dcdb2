/** Optimizers that a user wrote, each with a momentum of 0.5, which it keeps in its own way. */
import { tf } from './tf.js';

const zeros = ({ shape }) => tf.variable(tf.zeros(shape), false);

const stepping = (Base) =>
  class extends Base {
    static fromConfig(cls, { learningRate }) {
      return new cls(learningRate);
    }

    constructor(rate = 1) {
      super(rate);
      this.rate = rate;
    }

    getConfig() {
      return { learningRate: this.rate };
    }

    /** The momentum of a weight, as a variable. */
    momentumOf(_weight, _i) {
      return null; // one without a state
    }

    applyGradients(gradients) {
      const list = Array.isArray(gradients) ? gradients.map(({ name, tensor }) => [name, tensor]) : null;
      tf.tidy(() =>
        (list ?? Object.entries(gradients)).forEach(([name, gradient], i) => {
          const weight = tf.engine().registeredVariables[name];
          const momentum = this.momentumOf(weight, i);
          const total = momentum ? tf.add(tf.mul(momentum, 0.5), gradient) : gradient;
          momentum?.assign(total);
          weight.assign(tf.sub(weight, tf.mul(total, this.rate)));
        }),
      );
      this.incrementIterations();
    }
  };

const inMap = (Base) =>
  class extends stepping(Base) {
    momenta = new Map();

    momentumOf(weight) {
      if (!this.momenta.has(weight.name)) this.momenta.set(weight.name, zeros(weight));
      return this.momenta.get(weight.name);
    }

    dispose() {
      for (const momentum of this.momenta.values()) momentum.dispose();
      super.dispose();
    }
  };

/** It lists its momenta, and no iterations. */
const listed = (Base, className) =>
  class extends inMap(Base) {
    static get className() {
      return className;
    }

    async getWeights() {
      return [...this.momenta].map(([name, tensor]) => ({ name, tensor }));
    }

    async setWeights(weights) {
      for (const momentum of this.momenta.values()) momentum.dispose();
      this.momenta = new Map(weights.map(({ name, tensor }) => [name, tf.variable(tensor, false)]));
    }
  };

export class WithoutState extends stepping(tf.Optimizer) {}
export class InMap extends inMap(tf.Optimizer) {}
export class Listed extends listed(tf.Optimizer, 'Listed') {}
export class ListedOfSGD extends listed(tf.SGDOptimizer, 'ListedOfSGD') {}

export class ListedWithoutState extends WithoutState {
  static get className() {
    return 'ListedWithoutState';
  }

  async getWeights() {
    return [];
  }

  async setWeights() {}
}

export class InSlots extends WithoutState {
  static className = 'InSlots';
  slots = [];

  momentumOf(weight, i) {
    this.slots[i] ??= { originalName: weight.name, variable: zeros(weight) };
    return this.slots[i].variable;
  }

  dispose() {
    for (const { variable } of this.slots) variable.dispose();
  }
}

/** One momentum, for scalars alone. */
export class InProperty extends WithoutState {
  total = tf.tidy(() => tf.variable(tf.scalar(0), false));

  momentumOf() {
    return this.total;
  }

  applyGradients(gradients) {
    super.applyGradients(Object.fromEntries(Object.entries(gradients).filter(([, { rank }]) => rank === 0)));
  }

  dispose() {
    this.total.dispose();
  }
}

for (const Optimizer of [Listed, ListedOfSGD, ListedWithoutState]) tf.serialization.registerClass(Optimizer);
