import { tf } from './tf.js';

const valuesOf = async (tensor) => (tensor.isDisposed ? 'disposed' : [...(await tensor.data())]);

/** The own properties of an object that can be compared: a tensor by which one it is, a slot also by its name. */
const propertiesOf = (object) =>
  Object.entries(object)
    .filter(([, value]) => typeof value !== 'object' || value instanceof tf.Tensor || Array.isArray(value))
    .map(([name, value]) => [
      name,
      value instanceof tf.Tensor
        ? value.id
        : Array.isArray(value)
          ? value.map(({ originalName, variable }) => [originalName, variable?.id])
          : value,
    ]);

/** The state of the optimizers that a Lookahead consists of, and of those inside them. */
function optimizersIn({ inner, outer }) {
  return [inner, outer].flatMap((each) => {
    if (!each) return [];
    const { iterations } = each; // tfjs sets them when asked
    return [iterations, propertiesOf(each), ...optimizersIn(each)];
  });
}

/**
 * All that a refused call must leave as it was: every variable that tfjs knows, and its value; the properties of the
 * inner and the outer optimizer and of those inside them; counters and settings; how many tensors there are.
 */
export async function wholeState(lookahead) {
  const variables = [];
  for (const [name, variable] of Object.entries(tf.engine().registeredVariables)) {
    variables.push([name, variable.id, await valuesOf(variable)]);
  }
  const { k, alpha, step, stepsInCycle, iterations, isDisposed } = lookahead;
  const { numTensors, numDataBuffers } = tf.memory();
  return {
    variables,
    optimizers: optimizersIn(lookahead),
    settings: { k, alpha, step, stepsInCycle, iterations, isDisposed },
    fast: lookahead.variables.map(({ id }) => id),
    slow: lookahead.slowWeights.map(({ id }) => id),
    memory: { numTensors, numDataBuffers },
  };
}

/** The message of the error of a call, or of its promise; '' if there is none. */
export async function messageOf(call) {
  try {
    await call();
  } catch (error) {
    return error.message;
  }
  return '';
}
