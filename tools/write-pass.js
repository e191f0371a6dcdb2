import { importSource } from './import-source.js';

const { compute } = await importSource('src/update/expression.ts');
const { MOST } = await importSource('src/update/backends/instantiate.ts');

/** The code of each operator and function of an expression, on four lanes. Each rounds to float32. */
const instructions = {
  '+': 'f32x4.add',
  '-': 'f32x4.sub',
  '*': 'f32x4.mul',
  '/': 'f32x4.div',
  sqrt: 'f32x4.sqrt',
  abs: 'f32x4.abs',
};

/**
 * Writes the pass of a rule in AssemblyScript, from its expressions: over four neighbouring elements at a time, then over
 * those left over, one at a time in the first of the four lanes.
 *
 * A value that the expressions have several times is computed once, and one of scalars alone once for all elements. The
 * loop compares lengths, since an end address can wrap at the end of a 4 GiB memory.
 *
 * @param rule a `Rule`: src/update/rules/rule.ts says how its pass is called, and what its expressions may consist of.
 * @throws SyntaxError if an expression has anything else.
 * @throws RangeError if that makes too many arguments.
 */
export function writePass({ name, states, input, scalars, expressions }) {
  const elements = [...states, input];
  // From code to the name of its value: before the loop, for all elements, and within it, for each.
  const before = new Map();
  const within = new Map();
  const define = (code, values) => {
    if (!values.has(code)) values.set(code, `${values === before ? 'same' : 'own'}${values.size}`);
    return values.get(code);
  };
  const call = (instruction, ...operands) => {
    const own = [...within.values()];
    const values = operands.some((operand) => own.includes(operand)) ? within : before;
    return define(`${instruction}(${operands.join(', ')})`, values);
  };

  const updated = new Map();
  const leaf = (token) => {
    if (updated.has(token)) return updated.get(token);
    if (elements.includes(token)) return define(token, within);
    if (scalars.includes(token) || Number.isFinite(Number(token))) return call('f32x4.splat', token);
    throw new SyntaxError(`${name}: '${token}' is no state, input, scalar or number.`);
  };
  const apply = (operator, operands) => {
    if (operator === 'max') {
      const ofNaN = leaf('maximumOfNaN');
      const [comparing, propagating] = [call('f32x4.pmax', ...operands), call('f32x4.max', ...operands)];
      return call('v128.bitselect', comparing, propagating, call('f32x4.eq', ofNaN, ofNaN));
    }
    if (!(operator in instructions)) throw new SyntaxError(`${name}: a pass has no '${operator}'.`);
    return call(instructions[operator], ...operands);
  };
  for (const [i, state] of states.entries()) updated.set(state, compute(expressions[i], leaf, apply));

  const definition = ([code, value]) => `const ${value} = ${code};`;
  const step = (load, store) => [
    ...[...within].map(([code, value]) => definition([elements.includes(code) ? load(code) : code, value])),
    ...states.map((state) => store(`${state}Out + i`, updated.get(state))),
  ];
  const four = (offset) =>
    step(
      (state) => `v128.load(${state} + i, ${offset})`,
      (out, value) => `v128.store(${out}, ${value}, ${offset});`,
    );
  const one = step(
    (state) => `v128.load32_zero(${state} + i)`,
    (out, value) => `v128.store32_lane(${out}, ${value}, 0);`,
  );

  // With one state and no division, the loop itself would cost half as much again in cache. For other rules, more
  // values a turn gain nothing (measured).
  const isLight = states.length === 1 && !/\/|sqrt/.test(expressions[0]);
  const turn = isLight ? [0, 16, 32, 48] : [0];
  const block = (lines, indent) => `{\n${lines.map((line) => `${indent}  ${line}\n`).join('')}${indent}}`;
  const addresses = [...states.map((state) => `${state}Out`), ...elements];
  const parameters = [...addresses, 'n'].map((each) => `${each}: usize`).concat(scalars.map((each) => `${each}: f32`));
  if (parameters.length > MOST)
    throw new RangeError(`${name}: a pass can have ${MOST} arguments, not ${parameters.length}.`);

  return `// Written by tools/write-pass.js.
export function ${name}(${parameters.join(', ')}): void {
  const size = n << 2;
  ${[...before].map(definition).join('\n  ')}
  let i: usize = 0;
  for (; size - i >= ${16 * turn.length}; i += ${16 * turn.length}) {
    ${turn.map((offset) => block(four(offset), '    ')).join('\n    ')}
  }
  for (; i < size; i += 4) ${block(one, '  ')}
}
`;
}
