import { chmodSync, readFileSync } from 'node:fs';
import commonjs from '@rollup/plugin-commonjs';
import nodeResolve from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import typescript from '@rollup/plugin-typescript';
import dts from 'rollup-plugin-dts';
import license from 'rollup-plugin-license';

/**
 * `import modules from './x.wasm'`: the binaries for both kinds of memory travel inside the bundle, so that nobody has a path
 * to configure. In hexadecimal, since gzip finds in whole bytes what it does not find in base64.
 */
const embedWasm = {
  name: 'embed-wasm',
  load(id) {
    if (!id.endsWith('.wasm')) return null;
    const [unshared, shared] = [id, id.replace(/wasm$/, 'threads.wasm')].map((file) => {
      this.addWatchFile(file);
      return readFileSync(file, 'hex');
    });
    let same = 0; // bytes at the end
    while (same < unshared.length / 2 && unshared.slice(-2 * same - 2) === shared.slice(-2 * same - 2)) ++same;
    const [starts, rest] = [[unshared, shared].map((hex) => hex.slice(0, -2 * same)), unshared.slice(-2 * same)];
    return `export default { unshared: '${starts[0]}', shared: '${starts[1]}', rest: '${rest}' };`;
  },
};

/** One for all bundles: it collects, so that the file holds the notices of everything that any of them brings. */
const collector = license({ thirdParty: { output: 'dist/THIRD-PARTY-LICENSES.txt' } });

/** Without its way to make a chunk anew, with a banner, of which we have none. */
const notices = {
  ...collector,
  renderChunk(...chunk) {
    collector.renderChunk.apply(this, chunk);
    return null;
  },
};

/** What a page says whose script tags are in the wrong order, or that has no `tf` of its own. */
const noTensorFlow =
  'tfjs-lookahead: there is no global `tf`, so load TensorFlow.js first, with a script tag before this one. ' +
  'Where a library brings a TensorFlow.js of its own, name it first, such as ml5: globalThis.tf = ml5.tf';

const input = 'src/index.ts';
const external = ['@tensorflow/tfjs-core'];

/** npx in a clone runs the file itself. */
const executable = { name: 'executable', writeBundle: ({ file }) => chmodSync(file, 0o755) };

export default [
  {
    input,
    external,
    plugins: [embedWasm, typescript(), notices],
    output: [
      // Without source maps, which were larger than all else together: these two can be read as they are.
      { file: 'dist/tfjs-lookahead.js', format: 'es' },
      { file: 'dist/tfjs-lookahead.cjs', format: 'cjs' },
      {
        // For a script tag, beside those of tfjs.
        file: 'dist/tfjs-lookahead.umd.min.js',
        format: 'umd',
        name: 'tfLookahead',
        globals: { '@tensorflow/tfjs-core': 'tf' },
        // `tfjsCore` is rollup's name for what it finds there.
        intro: `if (!tfjsCore?.Optimizer) throw new Error(${JSON.stringify(noTensorFlow)});`,
        plugins: [terser()],
      },
    ],
  },
  {
    input,
    external,
    plugins: [dts()],
    output: [{ file: 'dist/tfjs-lookahead.d.ts' }, { file: 'dist/tfjs-lookahead.d.cts' }],
  },
  // Not published: what the benchmark times apart from the rest.
  {
    input: { 'lerp-rule': 'src/update/rules/lerp.ts', finite: 'src/weights/finite.ts' },
    external,
    plugins: [embedWasm, typescript({ noCheck: true })], // the first has checked them
    output: { dir: 'build', format: 'es', chunkFileNames: '[name].js' },
  },
  {
    // `npx tfjs-lookahead bench`, after what it imports from build/.
    input: 'bench/npx.js',
    // The package itself as it is published, and the TensorFlow.js of whoever runs it.
    external: [...external, 'tfjs-lookahead', /^node:/, '@mitata/counters', 'bun:jsc'],
    plugins: [nodeResolve({ exportConditions: ['node'] }), commonjs(), notices, executable],
    output: { file: 'dist/bench.js', format: 'es', banner: '#!/usr/bin/env node', plugins: [terser()] },
  },
];
