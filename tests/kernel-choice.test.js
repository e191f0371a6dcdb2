/** Which kernel a merge runs on, and what runs where the faster one cannot be had. */
import { lerp, lerpPath } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { add, newVariable, onEachBackend } from './support/backends.js';
import { bufferSharing, withBuffers } from './support/buffer-sharing.js';
import { Forbidden, freshCopy, statics, withWebAssembly } from './support/fresh-copy.js';
import { assertSameBits, lerp as lerpReference, randomValues } from './support/reference.js';
import { tf } from './support/tf.js';

/** Runs `fn` while no kernel is registered, so that a fresh copy registers its own; then the former one is back. */
async function withoutKernel(backend, fn) {
  const former = tf.getKernel('tfjs-lookahead/lerp', backend);
  if (former) tf.unregisterKernel('tfjs-lookahead/lerp', backend);
  try {
    await fn();
  } finally {
    if (tf.getKernel('tfjs-lookahead/lerp', backend)) tf.unregisterKernel('tfjs-lookahead/lerp', backend);
    if (former) tf.registerKernel(former);
  }
}

/** Records the memories that modules are instantiated on. */
function spyOn(WebAssembly) {
  const memories = [];
  const Instance = function Instance(module, imports) {
    memories.push(imports.env.memory);
    return new WebAssembly.Instance(module, imports);
  };
  return { memories, spied: { ...statics(WebAssembly), Instance } };
}

onEachBackend(
  'kernel choice',
  (test, backend) => {
    const assertRight = ({ lerp }) => {
      for (const n of [0, 1, 67, 20001]) {
        const [start, end] = [randomValues(n, 1), randomValues(n, 2)];
        const out = lerp(tf.tensor1d(start), tf.tensor1d(end), 0.3);
        assertSameBits(out.dataSync(), lerpReference(start, end, 0.3), `n = ${n}`);
      }
    };

    test('importing registers nothing', () =>
      withoutKernel(backend, async () => {
        await freshCopy();
        assert.not(tf.getKernel('tfjs-lookahead/lerp', backend));
      }));

    test('one SIMD instance, made at the first call, serves all; none where there is no WebAssembly', () =>
      withoutKernel(backend, async () => {
        const copy = await freshCopy();
        const { memories, spied } = spyOn(globalThis.WebAssembly ?? {});
        withWebAssembly(spied, () => assertRight(copy));
        assert.is(memories.length, globalThis.WebAssembly ? 1 : 0);
        if (backend === 'wasm') {
          assert.is(memories[0].buffer, tf.backend().wasm.HEAPU8.buffer, "tfjs's own memory: no copy");
        }
      }));

    test('without WebAssembly', () =>
      withoutKernel(backend, async () => {
        const copy = await freshCopy();
        withWebAssembly(undefined, () => {
          assertRight(copy);
          assert.is(copy.lerpPath(), backend === 'cpu' ? 'js-loop' : 'ops');
        });
      }));

    test('with a WebAssembly that may not compile', () =>
      withoutKernel(backend, async () => {
        const copy = await freshCopy();
        withWebAssembly({ ...statics(globalThis.WebAssembly ?? {}), Module: Forbidden }, () => assertRight(copy));
      }));

    test('a kernel named Lerp of somebody else is not taken for ours', async () => {
      const former = tf.getKernel('Lerp', backend);
      if (former) tf.unregisterKernel('Lerp', backend);
      const kernelFunc = () => {
        throw new Error('not meant for this');
      };
      tf.registerKernel({ kernelName: 'Lerp', backendName: backend, kernelFunc });
      try {
        const { lerp, Lookahead } = await freshCopy();
        assertRight({ lerp });
        for (const sharing of bufferSharing) {
          const w = newVariable([1, 2], [2]);
          const loop = withBuffers(sharing, new Lookahead([w], { k: 1 }));
          add(w, [4, 8]);
          loop.sync();
          assert.equal([...(await w.data())], [3, 6], `buffers ${sharing}`);
          loop.dispose();
        }
      } finally {
        tf.unregisterKernel('Lerp', backend);
        if (former) tf.registerKernel(former);
      }
    });

    test('another copy of the package neither disturbs nor warns', async () => {
      const { warn } = console;
      const warnings = [];
      console.warn = (message) => warnings.push(message);
      try {
        const [one, two] = [await freshCopy(), await freshCopy()];
        for (const copy of [one, two, one]) assertRight(copy);
      } finally {
        console.warn = warn;
      }
      assert.equal(warnings, []);
    });
  },
  ['cpu', 'wasm'],
);

/** The answer of `lerpPath` for a backend of this name, if this instance were it. */
function pathWith(instance, name) {
  const { registry } = tf.engine();
  const original = registry[name];
  registry[name] = instance;
  try {
    return lerpPath(name);
  } finally {
    registry[name] = original;
  }
}

onEachBackend(
  'kernel choice, a wasm backend without what we reach into',
  (test) => {
    for (const missing of ['memory', 'dataIdMap', 'makeOutput']) {
      test(`no ${missing}: composed ops`, async () => {
        const hidden = Object.create(tf.backend());
        if (missing === 'memory') hidden.wasm = { ...hidden.wasm, asm: undefined, wasmMemory: undefined };
        else hidden[missing] = undefined;
        const [start, end] = [randomValues(67, 1), randomValues(67, 2)];
        lerp(tf.scalar(0), tf.scalar(0), 0.5); // so that the kernel is registered
        assert.is(pathWith(hidden, 'wasm'), 'ops');
        assert.is(lerpPath('wasm'), 'wasm-simd');
        const { kernelFunc } = tf.getKernel('tfjs-lookahead/lerp', 'wasm');
        const inputs = { start: tf.tensor1d(start), end: tf.tensor1d(end) };
        const [out] = kernelFunc({ inputs, attrs: { weight: 0.3 }, backend: hidden });
        assertSameBits(out.dataSync(), lerpReference(start, end, 0.3));
      });
    }
  },
  ['wasm'],
);

onEachBackend('lerpPath', (test, backend) => {
  const fast = globalThis.WebAssembly ? 'wasm-simd' : 'js-loop';
  const expected = { cpu: fast, wasm: fast, webgl: 'webgl', webgpu: 'webgpu', tensorflow: 'ops' };

  test('tells what runs on the active backend, and on any that is ready', () => {
    assert.is(lerpPath(), expected[backend]);
    assert.is(lerpPath(backend), expected[backend]);
    assert.is(lerpPath('cpu'), fast);
  });

  test('a backend that is not there', () => {
    assert.throws(() => lerpPath('gpu'), /no backend 'gpu' is ready\. Call it after await tf\.setBackend/);
  });
});

onEachBackend(
  'kernel choice, a GPU backend without what we reach into',
  (test, backend) => {
    test('composed ops', async () => {
      lerp(tf.scalar(0), tf.scalar(0), 0.5); // so that the kernel is registered
      const { kernelFunc } = tf.getKernel('tfjs-lookahead/lerp', backend);
      const hidden = Object.create(tf.backend());
      hidden.compileAndRun = hidden.runWebGPUProgram = undefined;
      assert.is(pathWith(hidden, backend), 'ops');
      const inputs = { start: tf.tensor1d([2, 4]), end: tf.tensor1d([10, 0]) };
      const [out] = kernelFunc({ inputs, attrs: { weight: 0.25 }, backend: hidden });
      assert.equal([...(await out.data())], [4, 3]);
    });
  },
  ['webgl', 'webgpu'],
);
