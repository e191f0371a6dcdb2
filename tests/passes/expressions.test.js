/** The expressions of the rules: how they are read, and what they give as tfjs's ops and as passes. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main as asc } from 'assemblyscript/asc';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { importSource } from '../../tools/import-source.js';
import { writePass } from '../../tools/write-pass.js';
import { onEachBackend } from '../support/backends.js';
import { assertSameBits, lerp, mixedValues } from '../support/reference.js';
import { rules, stepAll } from '../support/steps.js';
import { tf } from '../support/tf.js';

const { compute } = await importSource('src/update/expression.ts');
const root = fileURLToPath(new URL('../..', import.meta.url));
const ruleOf = async (name) => {
  const file = ['src/update/rules', 'src/optimizers']
    .map((folder) => `${folder}/${name}.ts`)
    .find((each) => existsSync(root + each));
  const [exported] = Object.values(await importSource(file));
  return exported.rule ?? exported;
};

const test = suite('expressions');

const numbers = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  sqrt: Math.sqrt,
  abs: Math.abs,
  max: Math.max,
};
const named = { a: 3, b: 0.7, secondMoment: 1e-3 };
const asNumber = (expression) =>
  compute(
    expression,
    (token) => named[token] ?? Number(token),
    (operator, operands) => numbers[operator](...operands),
  );

const { expression: anyExpression } = fc.letrec((tie) => ({
  expression: fc.oneof(
    { depthSize: 'medium' },
    fc.constantFrom(...Object.keys(named), '1.0', '0.25'),
    fc
      .tuple(tie('expression'), fc.constantFrom(' + ', '-', ' * ', '/'), tie('expression'))
      .map((parts) => parts.join('')),
    tie('expression').map((operand) => `(${operand})`),
    fc.tuple(fc.constantFrom('sqrt', 'abs'), tie('expression')).map(([name, operand]) => `${name}(${operand})`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `max(${a}, ${b})`),
  ),
}));

test('a rule of more arguments than a pass can have is refused', () => {
  const rule = (count) => ({
    ...{ name: 'many', states: ['weight'], input: 'gradient' },
    scalars: Array.from({ length: count }, (_, i) => `s${i}`),
    expressions: ['weight + gradient'],
  });
  assert.match(writePass(rule(16)), /export function many/); // two addresses, that of the input, the length
  assert.throws(() => writePass(rule(17)), /a pass can have 20 arguments, not 21/);
});

test('property: any expression is what JavaScript makes of it', () => {
  const names = [...Object.keys(named), 'sqrt', 'abs', 'max'];
  const values = [...Object.values(named), Math.sqrt, Math.abs, Math.max];
  fc.assert(
    fc.property(anyExpression, (expression) => {
      const [ours, theirs] = [asNumber(expression), new Function(...names, `return ${expression}`)(...values)];
      assert.ok(Object.is(ours, theirs), `${expression} is ${theirs}, not ${ours}`);
    }),
    { seed: 3, numRuns: 2000 },
  );
});

test('what is no expression is refused', () => {
  for (const broken of ['a b', 'sqrt(a', 'a)', '(a', 'a) + (b']) {
    assert.throws(
      () => asNumber(broken),
      (error) => error instanceof SyntaxError && error.message.includes(broken),
      broken,
    );
  }
});

test('a pass is not written of a name or a function that it cannot have', () => {
  const rule = { name: 'wrong', states: ['weight'], input: 'gradient', scalars: ['rate'] };
  for (const [expression, message] of Object.entries({
    'weight - rates * gradient': "wrong: 'rates' is no state",
    'weight - * gradient': "wrong: '*' is no state",
    'weight - ': "wrong: ')' is no state",
    'weight - sin(gradient)': "wrong: a pass has no 'sin'",
    'max(weight, gradient)': "wrong: 'maximumOfNaN' is no state",
  })) {
    assert.throws(
      () => writePass({ ...rule, expressions: [expression] }),
      (error) => error.message.startsWith(message),
      expression,
    );
  }
});

test('the pass that would be written for lerp has the bits of the one that is written by hand', async () => {
  const folder = mkdtempSync(join(root, 'build/lerp-'));
  const [source, binary] = ['lerp.ts', 'lerp.wasm'].map((file) => join(folder, file));
  try {
    writeFileSync(source, writePass(await ruleOf('lerp')));
    const { error } = await asc([source, '--baseDir', root, '--target', 'release', '--outFile', binary]);
    assert.is(error, null);
    const memory = new WebAssembly.Memory({ initial: 1 });
    const passOf = (file) =>
      new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), { env: { memory } }).exports.lerp;
    const passes = [passOf(binary), passOf(join(root, 'build/lerp.wasm'))];
    const at = (address, n) => new Float32Array(memory.buffer, address, n);
    for (let n = 0; n <= 300; ++n) {
      const [start, end, weight] = [mixedValues(n, n), mixedValues(n, n + 1000), [0.3, -2, 1, 0, Number.NaN][n % 5]];
      const outs = passes.map((pass) => {
        at(4, n).set(start);
        at(8192, n).set(end);
        pass(4, 4, 8192, n, weight);
        return at(4, n).slice();
      });
      assertSameBits(outs[0], outs[1], `n = ${n}`);
      assertSameBits(outs[0], lerp(start, end, weight), `n = ${n}, the reference`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();

const ops = { '+': tf.add, '-': tf.sub, '*': tf.mul, '/': tf.div, sqrt: tf.sqrt, abs: tf.abs, max: tf.maximum };

onEachBackend(
  "expressions as tfjs's ops",
  (test) => {
    for (const [name, reference] of Object.entries(rules)) {
      test(`${name}: the bits of the reference`, async () => {
        const { states, input, scalars, expressions } = await ruleOf(name);
        const n = 331;
        const maximumOfNaN = tf.tidy(() => tf.maximum(0, Number.NaN).dataSync()[0]);
        const numbers = reference.scalars.map((value, i) => (scalars[i] === 'maximumOfNaN' ? maximumOfNaN : value));
        const values = [...states, input].map((_, i) => mixedValues(n, i));
        const expected = stepAll(reference, values.slice(0, -1), values.at(-1), numbers);
        const actual = tf.tidy(() => {
          const tensors = Object.fromEntries([
            ...[...states, input].map((each, i) => [each, tf.tensor(values[i])]),
            ...scalars.map((each, i) => [each, tf.scalar(numbers[i])]),
          ]);
          states.forEach((state, i) => {
            tensors[state] = compute(
              expressions[i],
              (token) => tensors[token] ?? tf.scalar(Number(token)),
              (operator, operands) => ops[operator](...operands),
            );
          });
          return states.map((state) => tensors[state].dataSync().slice());
        });
        for (const [i, state] of states.entries()) assertSameBits(actual[i], expected[i], state);
      });
    }
  },
  ['cpu', 'wasm'],
);
