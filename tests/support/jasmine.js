/** The part of Jasmine that the specs of tfjs-core ask for. They find it among the globals. */
import { isDeepStrictEqual } from 'node:util';
import * as assert from 'uvu/assert';

function thrown(run) {
  try {
    run();
    return null;
  } catch (error) {
    return error;
  }
}

const says = ({ message }, expected) =>
  expected instanceof RegExp ? expected.test(message) : typeof expected !== 'string' || message === expected;

const matchers = {
  toBe: Object.is,
  toEqual: isDeepStrictEqual,
  toBeCloseTo: (actual, expected, digits = 2) => Math.abs(actual - expected) < 10 ** -digits / 2,
  toBeTruthy: Boolean,
  toBeFalsy: (actual) => !actual,
  toBeNull: (actual) => actual === null,
  toBeDefined: (actual) => actual !== undefined,
  toBeUndefined: (actual) => actual === undefined,
  toBeGreaterThan: (actual, expected) => actual > expected,
  toBeGreaterThanOrEqual: (actual, expected) => actual >= expected,
  toBeLessThan: (actual, expected) => actual < expected,
  toBeLessThanOrEqual: (actual, expected) => actual <= expected,
  toThrow: (run) => thrown(run) !== null,
  toThrowError(run, ...expected) {
    const error = thrown(run);
    return error !== null && expected.every((one) => says(error, one));
  },
};

/** @param wanted false after `not`. */
const checks = (actual, wanted) =>
  Object.fromEntries(
    Object.entries(matchers).map(([name, matches]) => [
      name,
      (...expected) => assert.is(Boolean(matches(actual, ...expected)), wanted, `${name} ${expected}: ${actual}`),
    ]),
  );

const expect = (actual) => ({ ...checks(actual, true), not: checks(actual, false), nothing() {} });

/** Some specs call the function that they are given, when they are done. */
const complete = (body) =>
  body.length === 0 ? body() : new Promise((resolve, fail) => void body(Object.assign(resolve, { fail })));

/**
 * Makes the globals. A spec needs them for as long as it may run.
 *
 * @returns `collect(load)`, which gives the specs of the file that `load` loads, by their names, and `remove()`. A spec
 * is a function, which also runs what comes before and after it.
 */
export function installJasmine() {
  let specs = new Map();
  let suite = { name: '', before: [], after: [] };
  const globals = {
    jasmine: {},
    expect,
    describe(name, body) {
      const outer = suite;
      suite = { name: `${outer.name}${name}: `, before: [...outer.before], after: [...outer.after] };
      body();
      suite = outer;
    },
    it(name, body) {
      const { before, after } = suite;
      specs.set(`${suite.name}${name}`, async () => {
        try {
          for (const hook of before) await hook();
          await complete(body);
        } finally {
          for (const hook of after) await hook();
        }
      });
    },
    beforeAll: (hook) => suite.before.push(hook),
    beforeEach: (hook) => suite.before.push(hook),
    afterAll: (hook) => suite.after.unshift(hook),
    afterEach: (hook) => suite.after.unshift(hook),
  };
  Object.assign(globalThis, globals);
  return {
    async collect(load) {
      specs = new Map();
      await load();
      return specs;
    },
    remove() {
      for (const name of Object.keys(globals)) delete globalThis[name];
    },
  };
}
