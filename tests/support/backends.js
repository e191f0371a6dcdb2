import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { backends, tf } from './tf.js';

let mine = [];

/** A variable that is disposed after the test. */
export function newVariable(values, shape, name, trainable = true) {
  const variable = tf.tidy(() => tf.variable(tf.tensor(values, shape, 'float32'), trainable, name));
  mine.push(variable);
  return variable;
}

/** Does to the variable what an inner optimizer's step does: a new value, made by an op and assigned. */
export function add(variable, values) {
  tf.tidy(() => variable.assign(tf.add(variable, tf.tensor(values, variable.shape, 'float32'))));
}

function counts() {
  const { numTensors, numDataBuffers } = tf.memory();
  const variables = Object.keys(tf.engine().registeredVariables).length;
  return { numTensors, numDataBuffers, variables, inBackend: tf.backend().numDataIds() };
}

/**
 * A suite for each backend of this host; `define` gets `test(name, fn)`, `test.skip` and the backend's name. Every test
 * must leave the counts of tensors, buffers (the engine's and the backend's own) and variables as it found them.
 * Tensors outside variables go with the scope around the test, and `newVariable`'s are disposed after it. A test must
 * dispose a Lookahead itself.
 */
export function onEachBackend(name, define, only = backends) {
  for (const backend of backends.filter((backend) => only.includes(backend))) {
    const uvu = suite(`${name} [${backend}]`);
    const test = (testName, fn) =>
      uvu(testName, async () => {
        assert.ok(await tf.setBackend(backend), `${backend} is available`);
        const atStart = counts();
        const variablesAtStart = new Set(Object.values(tf.engine().registeredVariables));
        tf.engine().startScope();
        try {
          await fn();
        } catch (error) {
          // The leftovers of a failed test must not make others fail.
          for (const variable of Object.values(tf.engine().registeredVariables)) {
            if (!variablesAtStart.has(variable)) variable.dispose();
          }
          throw error;
        } finally {
          tf.engine().endScope();
          for (const variable of mine) if (!variable.isDisposed) variable.dispose();
          mine = [];
          await tf.setBackend(backend);
        }
        assert.equal(counts(), atStart, 'no tensor, buffer or variable is left over');
      });
    test.skip = (testName) => uvu.skip(testName);
    define(test, backend);
    uvu.run();
    globalThis.UVU_QUEUE[globalThis.UVU_INDEX ?? 0].at(-1).backend = backend; // for the report
  }
}
