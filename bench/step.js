/** One step of an optimizer over any variables on the active backend: as tfjs takes it, and fused. */
import * as tf from '@tensorflow/tfjs-core';
import { fused, stepPath } from 'tfjs-lookahead';
import { assertSame, takeTurns } from './compare.js';
import { finished, onGPU } from './gpu.js';
import { countersOf, disposeOptimizer, slotsOf } from './optimizers.js';
import { randomValues } from './random.js';
import { sizeOf, totalOf } from './sets.js';
import { summarize } from './statistics.js';

const CHECKED_STEPS = 2; // one with each list of gradients
const tolerance = () => (onGPU() ? 2 ** -20 : 0);

const makeVariables = (shapes, seed) =>
  shapes.map((shape, i) => tf.tidy(() => tf.variable(tf.tensor(randomValues(sizeOf(shape), seed + i), shape), false)));

/**
 * An optimizer with variables of its own.
 *
 * @param gradients two lists that it takes in turns: constant gradients have no variance, and centered RMSProp divides
 * by it.
 */
function makeStepper(optimizer, shapes, gradients) {
  const variables = makeVariables(shapes, 0);
  const named = gradients.map((tensors) => variables.map(({ name }, i) => ({ name, tensor: tensors[i] })));
  const callNs = [];
  let steps = 0;
  const step = () => optimizer.applyGradients(named[steps++ % 2]);
  return {
    step,
    run() {
      const start = performance.now();
      step();
      callNs.push(1e6 * (performance.now() - start));
      return finished(variables.at(-1));
    },
    callNs,
    state: () => [...variables, ...slotsOf(optimizer), ...countersOf(optimizer)],
    /** The least that a step has to read and write: the gradient once, weights and slots both ways. */
    get floatsMoved() {
      const held = [...variables, ...slotsOf(optimizer)];
      return totalOf(shapes) + 2 * held.reduce((sum, { size }) => sum + size, 0);
    },
    dispose() {
      disposeOptimizer(optimizer);
      tf.dispose(variables);
    },
  };
}

/** The limit of the machine: a copy that moves as many bytes, half of them to be read, half to be written. */
function copyOf(floatsMoved) {
  const from = randomValues(Math.ceil(floatsMoved / 2), 3);
  const to = new Float32Array(from.length);
  return { run: () => to.set(from) };
}

async function checkSame(name, plain, ours) {
  const [expected, state] = [plain.state(), ours.state()];
  if (state.length !== expected.length) throw new Error(`${name}: ${state.length} of ${expected.length} states`);
  for (const [i, tensor] of state.entries()) {
    const where = `${name}, ${tensor.name} on ${tf.getBackend()}`;
    assertSame(where, await tensor.data(), await expected[i].data(), tolerance());
  }
}

/** @param make makes the optimizer. The call alone is timed too, because a GPU works on when it has returned. */
export async function measureStep(name, make, shapes, effort) {
  const gradients = [10_000, 20_000].map((seed) => makeVariables(shapes, seed));
  const optimizer = fused(make());
  const [plain, ours] = [make(), optimizer].map((each) => makeStepper(each, shapes, gradients));
  const path = stepPath(optimizer);
  try {
    for (let i = 0; i < CHECKED_STEPS; ++i) for (const { step } of [plain, ours]) step();
    await checkSame(name, plain, ours);
    const contenders = { tfjs: plain, fused: ours };
    if (!onGPU()) contenders.copy = copyOf(plain.floatsMoved);
    const { ns, ratios } = await takeTurns(contenders, effort);
    const callNs = onGPU() && { tfjs: summarize(plain.callNs), fused: summarize(ours.callNs) };
    return {
      variables: shapes.length,
      weights: totalOf(shapes),
      path,
      bytesMoved: 4 * plain.floatsMoved,
      ns,
      ratios,
      ...(callNs && { callNs }),
    };
  } finally {
    plain.dispose();
    ours.dispose();
    tf.dispose(gradients);
  }
}
