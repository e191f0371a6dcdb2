import { tf } from './tf.js';

const valuesOf = async (tensor) => (tensor.isDisposed ? 'disposed' : [...(await tensor.data())]);

/** What of an object's own properties can be compared: of a tensor which one it is, of a slot also its name. */
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

/**
 * All that a refused call must leave as it was: every variable that tfjs knows, and its value; the properties of the
 * inner optimizer and of those inside it; counters and settings; how many tensors there are.
 */
export async function wholeState(lookahead) {
  const variables = [];
  for (const [name, variable] of Object.entries(tf.engine().registeredVariables)) {
    variables.push([name, variable.id, await valuesOf(variable)]);
  }
  const { k, alpha, step, stepsInCycle, iterations, isDisposed } = lookahead; // tfjs sets iterations when asked
  const inner = [];
  for (let each = lookahead.inner; each; each = each.inner) inner.push(propertiesOf(each));
  const { numTensors, numDataBuffers } = tf.memory();
  return {
    variables,
    inner,
    settings: { k, alpha, step, stepsInCycle, iterations, isDisposed },
    fast: lookahead.variables.map(({ id }) => id),
    slow: lookahead.slowWeights.map(({ id }) => id),
    memory: { numTensors, numDataBuffers },
  };
}

/** What a call throws, or its promise; '' if it does neither. */
export async function messageOf(call) {
  try {
    await call();
  } catch (error) {
    return error.message;
  }
  return '';
}
