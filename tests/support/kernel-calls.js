/** Random calls of the ops whose kernels are replaced, with special values, sizes of 0 and up to six dimensions. */
import * as assert from 'uvu/assert';
import { tf } from './tf.js';
import { tfjsLacks } from './tfjs-lacks.js';
import { assertSameTensor, inGradient, randomness, withKernels } from './training-kernels.js';

const axesOf = ({ below, oneOf }, rank) => {
  const axis = below(rank);
  return oneOf(axis, axis - rank);
};

/** A shape that broadcasts to this one: some of its sizes are 1, and some at the front are missing. */
const broadcastable = ({ below, chance }, shape) => {
  const sizes = shape.map((n) => (chance(4) ? 1 : n));
  return chance(3) ? sizes.slice(below(shape.length + 1)) : sizes;
};

const binary = (op) => (random) => {
  const rank = random.below(7);
  const shape = random.shape(rank, rank > 4 ? 3 : 7);
  const dtype = random.chance(6) && !tfjsLacks('a broadcast of any dtype on wasm') ? 'int32' : 'float32';
  const a = random.tensor(random.chance(2) ? shape : broadcastable(random, shape), dtype);
  const b = random.tensor(random.chance(2) ? shape : broadcastable(random, shape), dtype);
  return { inputs: [a, b], call: () => tf[op](a, b) };
};

const reduction = (op) => (random) => {
  const rank = random.below(6);
  // tfjs reads values that are not there where a size is 0.
  const x = random.tensor(random.shape(rank, rank > 4 ? 3 : 8, false), random.dtype());
  const some = x.shape.map((_, i) => (random.chance(4) ? i - rank : i)).filter(() => random.chance(2));
  // tfjs adds up in the order of the axes.
  const axes = random.chance(3) ? undefined : random.chance(3) ? some.reverse() : some;
  const keepDims = random.chance(2);
  return { inputs: [x], call: () => tf[op](x, axes, keepDims), info: [axes, keepDims] };
};

const matMul = (op) => (random) => {
  const { below, chance, oneOf } = random;
  const [transposeA, transposeB] = [chance(2), chance(2)];
  const [M, N] = chance(10) ? [1 + below(150), 1 + below(150)] : [1 + below(20), 1 + below(20)];
  const K = 1 + below(chance(5) ? 200 : 60); // tfjs sums blocks of 48
  const batch = oneOf([], [1], [1 + below(4)], [2, 3], [1, 1], [2, 1, 2]);
  const ones = batch.map(() => 1);
  const [batchA, batchB] = oneOf(
    [batch, batch],
    [batch, batch],
    [batch, ones],
    ...(tfjsLacks('products of batches of different shapes on wasm')
      ? []
      : [
          [batch, []],
          [ones, batch],
          [[], batch],
        ]),
  );
  const activation = oneOf('linear', 'linear', 'relu', 'relu6', 'elu', 'sigmoid');
  // WebAssembly leaves the sign of a NaN open, and XNNPACK's relu makes 0 of a negative one.
  const tensor = op === 'matMul' || activation === 'linear' ? random.tensor : random.usualTensor;
  const a = tensor([...batchA, ...(transposeA ? [K, M] : [M, K])]);
  const b = tensor([...batchB, ...(transposeB ? [N, K] : [K, N])]);
  const bias = tensor([N]);
  const fusedArgs = { a, b, transposeA, transposeB, activation, ...(chance(3) ? {} : { bias }) };
  const call = op === 'matMul' ? () => tf.matMul(a, b, transposeA, transposeB) : () => tf.fused.matMul(fusedArgs);
  const inputs = [a, b, bias];
  // A plain product is another kernel's where no gradient is taken.
  return { inputs, call: chance(2) ? () => inGradient(call) : call, info: [transposeA, transposeB, activation] };
};

export const ops = {
  matMul: matMul('matMul'),
  'fused.matMul': matMul('fused'),
  add: binary('add'),
  sub: binary('sub'),
  mul: binary('mul'),
  div: binary('div'),
  squaredDifference: binary('squaredDifference'),
  sum: reduction('sum'),
  mean: reduction('mean'),
  tanh(random) {
    // Where its branches meet, and on both sides of what its exponential distinguishes.
    const scale = random.oneOf(1e-9, 0.3, 0.6, 1.2, 12, 60);
    const x = tf.mul(random.tensor(random.shape(random.below(4), 9)), scale);
    return { inputs: [x], call: () => tf.tanh(x) };
  },
  slice(random) {
    const rank = 1 + random.below(6);
    const x = random.tensor(random.shape(rank, rank > 4 ? 3 : 6), random.dtype());
    const begin = x.shape.map((n) => random.below(n + 1));
    const size = x.shape.map((n, i) => (random.chance(4) ? -1 : random.below(n - begin[i] + 1)));
    return { inputs: [x], call: () => tf.slice(x, begin, size), info: [begin, size] };
  },
  split(random) {
    const rank = 1 + random.below(5);
    const shape = random.shape(rank, rank > 4 ? 3 : 6);
    const axis = random.below(rank);
    const parts = 1 + random.below(4);
    shape[axis] = parts * random.below(4);
    const x = random.tensor(shape, random.dtype());
    const sizes = random.chance(2) || shape[axis] < 2 ? parts : [1, shape[axis] - 1];
    return { inputs: [x], call: () => tf.split(x, sizes, axis), info: [sizes, axis] };
  },
  unstack(random) {
    const rank = 1 + random.below(5);
    const x = random.tensor(random.shape(rank, 5, false), random.dtype());
    const axis = axesOf(random, rank);
    return { inputs: [x], call: () => tf.unstack(x, axis), info: [axis] };
  },
  concat(random) {
    const rank = 1 + random.below(5);
    const shape = random.shape(rank, rank > 4 ? 3 : 5);
    const axis = random.below(rank);
    const dtype = random.dtype();
    const inputs = Array.from({ length: 1 + random.below(4) }, () =>
      random.tensor(
        shape.map((n, i) => (i === axis ? random.below(6) : n)),
        dtype,
      ),
    );
    return { inputs, call: () => tf.concat(inputs, axis), info: [axis] };
  },
  stack(random) {
    const rank = random.below(5);
    const [shape, dtype] = [random.shape(rank, 5), random.dtype()];
    const inputs = Array.from({ length: 1 + random.below(4) }, () => random.tensor(shape, dtype));
    const axis = random.below(rank + 1);
    return { inputs, call: () => tf.stack(inputs, axis), info: [axis] };
  },
  tile(random) {
    const rank = 1 + random.below(5);
    const x = random.tensor(random.shape(rank, 4, false), random.dtype());
    const reps = x.shape.map(() => (random.chance(3) ? 1 : 1 + random.below(3)));
    return { inputs: [x], call: () => tf.tile(x, reps), info: [reps] };
  },
  transpose(random) {
    const rank = 1 + random.below(6);
    const x = random.tensor(random.shape(rank, rank > 4 ? 3 : rank > 3 ? 5 : 20, false), random.dtype());
    const perm = x.shape
      .map((_, i) => [random.below(1e6), i])
      .sort(([p], [q]) => p - q)
      .map(([, i]) => i);
    return { inputs: [x], call: () => tf.transpose(x, perm), info: [perm] };
  },
  clone(random) {
    const x = random.tensor(random.shape(random.below(7), 4), random.dtype());
    return { inputs: [x], call: () => tf.clone(x) };
  },
  cast(random) {
    const x = random.tensor(random.shape(random.below(7), 4), random.dtype());
    const to = random.oneOf('float32', 'int32', 'bool');
    return { inputs: [x], call: () => tf.cast(x, to), info: [to] };
  },
};

/** The result of a call, as a list; where it throws, the error. */
function outcome(call) {
  try {
    return [call()].flat();
  } catch (error) {
    return error;
  }
}

const isSame = (values, others) => values.every((value, i) => Object.is(value, others[i]));

/** So many random calls of an op give the same with our kernels as with tfjs's own, and change no input. */
export function assertSameCalls(name, calls) {
  const random = randomness(name.length * 1000 + name.charCodeAt(0));
  for (let i = 0; i < calls; ++i) {
    tf.tidy(() => {
      const { inputs, call, info = [] } = ops[name](random);
      const label = `call ${i}: ${JSON.stringify([...inputs.map(({ shape, dtype }) => [dtype, shape]), info])}`;
      const before = inputs.map((input) => input.dataSync().slice());
      const expected = outcome(call);
      const actual = withKernels(() => outcome(call));
      if (expected instanceof Error) {
        assert.is(actual.message, expected.message, label);
      } else {
        assert.not.instance(actual, Error, `${label}: ${actual.message}`);
        assert.is(actual.length, expected.length, label);
        for (const [o, output] of actual.entries()) assertSameTensor(output, expected[o], label);
        tf.dispose([actual, expected]);
      }
      for (const [x, input] of inputs.entries()) assert.ok(isSame(input.dataSync(), before[x]), `${label}: an input`);
    });
  }
}
