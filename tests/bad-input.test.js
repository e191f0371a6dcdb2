import { Lookahead, lerp } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { add, newVariable, onEachBackend } from './support/backends.js';
import { withBuffers } from './support/buffer-sharing.js';
import { isExact } from './support/reference.js';
import { tf } from './support/tf.js';

/** The message names the argument and the value, and says what to do: each of the three as a pattern. */
function assertRefused(run, ...patterns) {
  let message;
  try {
    run();
  } catch (error) {
    assert.instance(error, Error);
    message = error.message;
  }
  assert.ok(message, 'it throws');
  for (const pattern of patterns) assert.match(message, pattern);
}

onEachBackend('bad input', (test, backend) => {
  test('lerp', () => {
    const t = tf.ones([2, 3]);
    const disposed = tf.ones([2, 3]);
    disposed.dispose();
    assertRefused(() => lerp([1], t, 0.5), /'start'/, /an array/, /must be a tf\.Tensor/);
    assertRefused(() => lerp(t, undefined, 0.5), /'end'/, /undefined/, /must be a tf\.Tensor/);
    assertRefused(
      () => lerp(t, tf.ones([3, 2]), 0.5),
      /'end'/,
      /\[3,2\], but must be .*\[2,3\]/,
      /nothing is cast or broadcast/,
    );
    assertRefused(() => lerp(t, tf.ones([2, 3], 'int32'), 0.5), /'end'/, /int32/, /must be float32/);
    assertRefused(() => lerp(disposed, t, 0.5), /'start'/, /disposed/, /alive/);
    for (const weight of [Number.NaN, Number.POSITIVE_INFINITY, 1e39, '0.5', undefined, tf.scalar(1)]) {
      assertRefused(() => lerp(t, t, weight), /'weight'/, /must be a number that is finite/);
    }
  });

  test('the variables of a Lookahead', () => {
    const w = newVariable([1], [1], 'mine');
    const disposed = newVariable([1], [1]);
    disposed.dispose();
    const int = tf.tidy(() => tf.variable(tf.scalar(1, 'int32'), true, 'counter'));
    const plain = tf.ones([2]);
    const before = tf.memory().numTensors;
    assertRefused(() => new Lookahead([]), /'variables'/, /empty/, /Pass the variables/);
    assertRefused(() => new Lookahead(), /'variables'/, /undefined/, /array of tf\.Variable/);
    assertRefused(() => new Lookahead(w), /'variables'/, /'mine'/, /array of tf\.Variable/);
    assertRefused(() => new Lookahead([w, plain]), /variables\[1\]/, /tf\.Tensor of shape \[2\]/, /tf\.variable/);
    assertRefused(() => new Lookahead([w, null]), /variables\[1\]/, /null/, /tf\.Variable/);
    assertRefused(() => new Lookahead([w, int]), /variables\[1\]/, /'counter'/, /int32/, /must be float32/);
    assertRefused(() => new Lookahead([w, disposed]), /variables\[1\]/, /disposed/, /alive/);
    assert.is(tf.memory().numTensors, before, 'no slow weight was made');
    int.dispose();
  });

  test('the config, at construction and when assigned', () => {
    const w = newVariable([1], [1]);
    const lookahead = new Lookahead([w]);
    const before = tf.memory().numTensors;
    for (const k of [0, -1, 2.5, Number.NaN, Number.NEGATIVE_INFINITY, '5', null]) {
      const patterns = [/'k'/, new RegExp(`is '?${k}'?,`), /integer of at least 1/];
      assertRefused(() => new Lookahead([w], { k }), ...patterns);
      assertRefused(
        () => {
          lookahead.k = k;
        },
        ...patterns,
      );
    }
    assertRefused(() => new Lookahead([w], { k: 5n }), /'k' is 5n,/);
    for (const alpha of [-0.1, 1.1, Number.NaN, Number.POSITIVE_INFINITY, '0.5', null]) {
      const patterns = [/'alpha'/, new RegExp(`is '?${alpha}'?,`), /in \[0, 1\]/];
      assertRefused(() => new Lookahead([w], { alpha }), ...patterns);
      assertRefused(
        () => {
          lookahead.alpha = alpha;
        },
        ...patterns,
      );
    }
    assertRefused(() => new Lookahead([w], { K: 5 }), /'config'/, /'K'/, /k, alpha/);
    assertRefused(() => new Lookahead([w], 5), /'config'/, /5/, /object/);
    assertRefused(() => new Lookahead([w], null), /'config'/, /null/, /object/);
    assert.is(lookahead.k, 5);
    assert.is(lookahead.alpha, 0.5);
    assert.is(tf.memory().numTensors, before);
    const undefinedIsDefault = new Lookahead([w], { k: undefined });
    assert.is(undefinedIsDefault.k, 5);
    undefinedIsDefault.dispose();
    lookahead.dispose();
  });

  const read = (weights) => weights.map((w) => (w.isDisposed ? null : w.dataSync()[0]));

  /** Three variables at a step before a merge; `dispose` takes the middle one away. */
  async function assertNothingMerges(dispose) {
    const fast = [0, 0, 0].map((v) => newVariable([v], [1]));
    const lookahead = new Lookahead(fast, { k: 2 });
    for (const w of fast) add(w, [4]);
    lookahead.sync();
    dispose(fast[1], lookahead);
    const others = [fast[0], fast[2], lookahead.slowWeights[0], lookahead.slowWeights[2]];
    for (const call of [() => lookahead.sync(), () => lookahead.flush(), () => lookahead.withSlowWeights(() => {})]) {
      assertRefused(call, /\[1\]/, /disposed/, /nothing was changed/);
    }
    assert.is(lookahead.step, 1);
    if (isExact(backend)) assert.equal(read(others), [4, 4, 0, 0]);
    lookahead.dispose();
  }

  test('a variable that was disposed later: no variable at all is merged', () =>
    assertNothingMerges((w) => w.dispose()));

  test('a slow weight that was disposed from outside', () =>
    assertNothingMerges((_, lookahead) => lookahead.slowWeights[1].dispose()));

  test('tf.disposeVariables(), which does not set isDisposed', () => {
    const fast = [newVariable([1], [1]), newVariable([1], [1])];
    const lookahead = new Lookahead(fast, { k: 1 });
    tf.disposeVariables();
    assertRefused(() => lookahead.sync(), /disposed/, /make a new one/);
    const { numTensors } = tf.memory();
    assertRefused(() => lookahead.getWeights(), /getWeights: 'slowWeights\[0\]'/, /disposed/, /make a new one/);
    assert.is(tf.memory().numTensors, numTensors);
    assertRefused(() => new Lookahead(fast), /variables\[0\]/, /disposed/);
  });

  test('setWeights', async () => {
    const w = newVariable([1, 2], [2]);
    const lookahead = new Lookahead([w], { k: 3 });
    add(w, [1, 1]);
    lookahead.sync();
    const [slow, counts] = lookahead.getWeights();
    const slowOf = (tensor) => ({ name: slow.name, tensor });
    const [text] = counts.tensor.dataSync();
    const countsOf = (change) => ({ ...counts, tensor: tf.scalar(JSON.stringify({ ...JSON.parse(text), ...change })) });
    const disposed = tf.ones([2]);
    disposed.dispose();
    for (const [weights, ...patterns] of [
      [undefined, /'weights'/, /undefined/, /list of named tensors/],
      [[], /'weights'/, /an empty array/, /list of named tensors/],
      [[slow], /end with 'lookahead:1\/slow\/0\/.*', not with 'lookahead:1\/state'/],
      [[counts], /does not fit a list of 1/],
      [[slow, slow, counts], /does not fit a list of 3/],
      [[counts, slow], /end with 'lookahead:1\/slow\/0\/.*', not with 'lookahead:1\/state'/],
      [[slowOf(tf.ones([3])), counts], /slow weight of/, /\[3\]/, /float32 of shape \[2\]/],
      [[slowOf(tf.ones([2], 'int32')), counts], /slow weight of/, /int32/, /float32 of shape \[2\]/],
      [[slowOf(disposed), counts], /weights\[0\]/, /disposed/, /must be alive/],
      [[slow.tensor, counts], /weights\[0\]/, /undefined/, /getWeights\(\)/],
      [[null, counts], /weights\[0\]/, /undefined/, /getWeights\(\)/],
      [[{ ...slow, name: 'kernel' }, counts], /'kernel' stands where getWeights\(\) puts another/],
      [[slow, countsOf({ of: 'around Adam' })], /around Adam, but this one is in a loop/],
      [
        [slow, { ...counts, name: counts.name.replace('1', '2') }],
        /hold 'lookahead:2\/state', but this version .* reads format 1/,
      ],
      [[slow, { ...counts, tensor: tf.ones([2]) }], /state/, /float32 of shape \[2\]/, /string of shape \[\]/],
      [[slow, countsOf({ step: 1, stepsInCycle: 2 })], /"step":1,"stepsInCycle":2,/, /does not fit/],
      [[slow, countsOf({ stepsInCycle: -1 })], /"stepsInCycle":-1,/, /does not fit/],
    ]) {
      assertRefused(() => lookahead.setWeights(weights), ...patterns);
      assert.is(lookahead.step, 1);
      assert.equal([...(await lookahead.slowWeights[0].data())], [1, 2]);
    }
    lookahead.dispose();
  });

  test('withSlowWeights without a function', () => {
    const lookahead = new Lookahead([newVariable([1], [1])]);
    assertRefused(() => lookahead.withSlowWeights(), /'fn'/, /undefined/, /must be a function/);
    lookahead.sync();
    lookahead.dispose();
  });

  test('use after dispose', () => {
    const lookahead = new Lookahead([newVariable([1], [1])]);
    const weights = lookahead.getWeights();
    lookahead.dispose();
    for (const method of ['sync', 'flush', 'withSlowWeights', 'getWeights', 'setWeights']) {
      assertRefused(() => lookahead[method](weights), new RegExp(method), /was disposed/, /Make a new one/);
    }
  });
});

onEachBackend(
  'a kernel that fails half-way',
  (test, backend) => {
    test('the same call completes the merge', async () => {
      const fast = [1, 2, 3].map((v) => newVariable([v], [1]));
      // A merge of unshared buffers allocates nothing, so that nothing could fail.
      const lookahead = withBuffers('shared', new Lookahead(fast, { k: 1 }));
      for (const w of fast) add(w, [4]);
      // The method that makes the buffer of a merged weight.
      const method = { cpu: 'write', wasm: 'makeOutput' }[backend];
      const original = tf.backend()[method];
      let calls = 0;
      tf.backend()[method] = function (...args) {
        if (++calls === 2) throw new Error('no memory');
        return original.apply(this, args);
      };
      try {
        assert.throws(() => lookahead.sync(), 'no memory');
        assert.is(lookahead.step, 0);
        assert.is(lookahead.sync(), true);
      } finally {
        delete tf.backend()[method];
      }
      assert.is(lookahead.step, 1);
      assert.equal(read(fast), [3, 4, 5]);
      lookahead.dispose();
    });
    const read = (weights) => weights.map((w) => w.dataSync()[0]);
  },
  ['cpu', 'wasm'],
);

onEachBackend(
  'the wasm heap is full',
  (test) => {
    test('lerp says so, writes nothing and leaks nothing', () => {
      const [start, end] = [tf.ones([5]), tf.zeros([5])];
      const { wasm } = tf.backend();
      const { _malloc } = wasm;
      const before = tf.backend().numDataIds();
      const firstBytes = wasm.HEAPU8.slice(0, 64);
      wasm._malloc = () => 0; // what it returns when the heap cannot grow
      try {
        assertRefused(() => lerp(start, end, 0.5), /wasm/, /\[5\] \(20 bytes\)/, /Dispose tensors/);
      } finally {
        wasm._malloc = _malloc;
      }
      assert.is(tf.backend().numDataIds(), before);
      assert.equal(wasm.HEAPU8.slice(0, 64), firstBytes);
    });
  },
  ['wasm'],
);
