/** The passes that a step compiles, and the path of a step where a pass cannot be compiled. */
import * as assert from 'uvu/assert';
import { onEachBackend } from './support/backends.js';
import { Forbidden, freshCopy, statics, withWebAssembly } from './support/fresh-copy.js';
import { randomValues } from './support/reference.js';
import { tf } from './support/tf.js';
import { assertTwins, makerOf, newTwins } from './support/twins.js';

const shapes = [[3, 5], [2]];
const values = (seed) => shapes.map((shape, i) => randomValues(tf.util.sizeFromShape(shape), 10 * seed + i));

onEachBackend(
  'fused steps, what is compiled',
  (test) => {
    const keys = ['SGD', 'Momentum, Nesterov', 'Adam', 'Adamax'];

    /** The same steps as tfjs's, on the path that a host without the passes has. */
    function assertSteps({ fused, stepPath }, expectedPath) {
      for (const key of keys) {
        const twins = newTwins([makerOf(key), makerOf(key, fused)], shapes, values(1));
        for (let i = 0; i < 3; ++i) {
          for (const twin of twins) twin.step(values(2 + i));
          assertTwins(twins[1], twins[0], `${key}, step ${i}`);
        }
        assert.is(stepPath(twins[1].optimizer), expectedPath);
        for (const twin of twins) twin.dispose();
      }
    }

    test('without WebAssembly', async () => {
      const copy = await freshCopy();
      withWebAssembly(undefined, () => assertSteps(copy, 'ops'));
    });

    test('with a WebAssembly that may not compile', async () => {
      const copy = await freshCopy();
      const spied = { ...statics(globalThis.WebAssembly ?? {}), Module: Forbidden };
      withWebAssembly(spied, () => assertSteps(copy, 'ops'));
    });

    test('each pass when it is first needed, and no other', async () => {
      const compiled = [];
      const { Module } = globalThis.WebAssembly ?? {};
      const Spy = function Spy(bytes) {
        const module = new Module(bytes);
        compiled.push(Module.exports(module)[0].name);
        return module;
      };
      const spied = { ...statics(globalThis.WebAssembly ?? {}), ...(Module && { Module: Spy }) };
      const original = globalThis.WebAssembly;
      globalThis.WebAssembly = Module ? spied : undefined;
      try {
        const { fused, lookahead, Lookahead, stepPath } = await freshCopy();
        assert.equal(compiled, [], 'by the import');
        const twins = newTwins([makerOf('Adam', fused), makerOf('Momentum', lookahead)], shapes, values(1));
        assert.equal(compiled, [], 'by fused and lookahead');

        const merger = new Lookahead(twins[0].variables, { k: 1 });
        for (const w of twins[0].variables) tf.tidy(() => w.assign(tf.add(w, 1)));
        merger.sync();
        const ifCompiled = (...names) => (Module ? names : []);
        assert.equal(compiled, ifCompiled('lerp'), 'by a merge');

        twins[0].step(values(2));
        twins[0].step(values(3));
        assert.equal(compiled, ifCompiled('lerp', 'adam', 'counter'), "by Adam's steps");
        for (let i = 0; i < 6; ++i) twins[1].step(values(2 + i));
        assert.equal(
          compiled,
          ifCompiled('lerp', 'adam', 'counter', 'momentum'),
          "by Momentum's steps, and their merge",
        );
        assert.is(stepPath(twins[0].optimizer), Module ? 'wasm-simd' : 'ops');
        merger.dispose();
        twins[0].dispose();
        twins[1].optimizer.dispose();
        twins[1].optimizer.inner.c.dispose();
      } finally {
        globalThis.WebAssembly = original;
      }
    });
  },
  ['cpu', 'wasm'],
);
