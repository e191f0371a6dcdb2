/** tfjs-core's own tests of its optimizers, from its package, with `tf.train` making fused optimizers. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fused, stepPath } from 'tfjs-lookahead';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { tf } from '../support/tf.js';

const folder = join(
  dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-core/package.json')),
  'dist/optimizers',
);
const files = ['adadelta', 'adagrad', 'adam', 'adamax', 'momentum', 'rmsprop', 'sgd'].map(
  (name) => `${name}_optimizer_test.js`,
);

/** The optimizers that a test has made. */
let made = [];
const makeFused =
  (make) =>
  (...args) => {
    const optimizer = fused(make(...args));
    made.push(optimizer);
    return optimizer;
  };
const train = Object.fromEntries(Object.entries(tf.train).map(([name, make]) => [name, makeFused(make)]));
/** They count tensors as if there were none before, but those of a former test stay. */
let before = 0;
const memory = () => ({ ...tf.memory(), numTensors: tf.memory().numTensors - before });
const tfFused = Object.create(tf, { train: { value: train }, memory: { value: memory } });

/** The part of Jasmine that they use. */
const expect = (actual) => ({
  toBe: (expected) => assert.is(actual, expected),
  toEqual: (expected) => assert.equal(actual, expected),
  toThrowError: (pattern) => assert.throws(actual, pattern),
});

function collect(file) {
  const tests = [];
  const code = readFileSync(join(folder, file), 'utf8').replace(/^import .*$/gm, '');
  const given = {
    tf: tfFused,
    describeWithFlags: (_name, _environments, define) => define(),
    ALL_ENVS: {},
    it: (name, fn) => tests.push([name, fn]),
    expect,
    expectArraysClose: tf.test_util.expectArraysClose,
  };
  new Function(...Object.keys(given), code)(...Object.values(given));
  return tests;
}

for (const backend of ['cpu', 'wasm']) {
  let fusedTests = 0;
  const test = suite(`tfjs-core's tests of its optimizers, fused [${backend}]`);
  for (const file of files) {
    const tests = collect(file);
    assert.ok(tests.length > 0, file);
    for (const [name, fn] of tests) {
      test(`${file}: ${name}`, async () => {
        await tf.setBackend(backend);
        made = [];
        before = tf.memory().numTensors;
        tf.engine().startScope();
        try {
          await fn();
          for (const optimizer of made) assert.is(stepPath(optimizer), 'wasm-simd');
        } finally {
          tf.engine().endScope();
          tf.disposeVariables();
        }
        fusedTests += made.length > 0;
      });
    }
  }
  test('most of them make an optimizer that steps', () => assert.ok(fusedTests > 15, `${fusedTests}`));
  test.run();
}
