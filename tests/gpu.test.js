/** On a GPU only: one dispatch a variable, nothing read back, textures of both kinds, large sizes, a lost context. */
import { Lookahead, lerp } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { add, newVariable, onEachBackend } from './support/backends.js';
import { countCalls, dispatches, isPacked, onGPU, unpacked } from './support/gpu.js';
import { assertWithin2Ulp, randomValues } from './support/reference.js';
import { tf } from './support/tf.js';

onEachBackend(
  'GPU',
  (test, backend) => {
    test('sync takes one dispatch a variable, and reads nothing back', () =>
      onGPU(async () => {
        const shapes = [[3, 4], [4], [], [2, 3, 3, 4], [1000], [0]];
        const fast = shapes.map((shape, i) => {
          const n = tf.util.sizeFromShape(shape);
          return newVariable(shape.length ? randomValues(n, i) : 1, shape);
        });
        const lookahead = new Lookahead(fast, { k: 1 });
        const grow = tf.scalar(1.5);
        for (let cycle = 0; cycle < 3; ++cycle) {
          for (const w of fast) tf.tidy(() => w.assign(tf.mul(w, grow)));
          let reads;
          const count = dispatches[backend](() => {
            reads = countCalls(tf.backend(), 'readSync', () => {
              assert.is(
                countCalls(tf.backend(), 'read', () => lookahead.sync()),
                0,
              );
            });
          });
          assert.is(reads, 0);
          // The first merge may have to convert a slow weight that was uploaded in the other layout; the last shape is
          // empty.
          if (cycle > 0) assert.is(count, shapes.length - 1);
        }
        lookahead.dispose();
      }));

    test('beyond what one dimension of workgroups can hold', async () => {
      const n = 65535 * 128 + 129;
      const [start, end] = [randomValues(n, 1), randomValues(n, 2)];
      const out = lerp(tf.tensor1d(start), tf.tensor1d(end), 0.3);
      assertWithin2Ulp(await out.data(), start, end, 0.3);
    });
  },
  ['webgl', 'webgpu'],
);

onEachBackend(
  'WebGL',
  (test) => {
    test('packed and unpacked textures in every combination', () =>
      onGPU(async () => {
        const one = tf.scalar(1);
        const make = {
          packed: (t) => tf.mul(t, one),
          unpacked: (t) => unpacked(() => tf.mul(t, one)),
          'not uploaded': (t) => t,
        };
        for (const shape of [[], [7], [3, 5], [2, 3, 5], [2, 3, 1, 5], [1, 2, 3, 2, 3], [1, 2, 1, 2, 3, 3]]) {
          const n = tf.util.sizeFromShape(shape);
          const [start, end] = [randomValues(n, 1), randomValues(n, 2)];
          for (const [startKind, makeStart] of Object.entries(make)) {
            for (const [endKind, makeEnd] of Object.entries(make)) {
              const a = makeStart(tf.tensor(start, shape));
              const b = makeEnd(tf.tensor(end, shape));
              if (startKind !== 'not uploaded') assert.is(isPacked(a), startKind === 'packed');
              const out = await lerp(a, b, 0.3).data();
              assertWithin2Ulp(out, start, end, 0.3, `[${shape}], ${startKind} and ${endKind}`);
            }
          }
        }
      }));

    test('a lost context is an error that says so, and changes nothing', async () => {
      const w = newVariable([1, 2], [2]);
      const lookahead = new Lookahead([w], { k: 1 });
      add(w, [4, 4]);
      const { gl } = tf.backend().gpgpu;
      const isContextLost = gl.isContextLost;
      gl.isContextLost = () => true; // losing it for real would take the tensors of all other tests with it
      try {
        assert.throws(() => lookahead.sync(), /WebGL context was lost.*Start again/);
        assert.is(lookahead.step, 0);
      } finally {
        gl.isContextLost = isContextLost;
      }
      assert.is(lookahead.sync(), true);
      assert.equal([...(await w.data())], [3, 4]);
      lookahead.dispose();
    });
  },
  ['webgl'],
);
