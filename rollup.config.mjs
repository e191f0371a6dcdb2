import { readFileSync } from 'node:fs';
import commonjs from '@rollup/plugin-commonjs';
import nodeResolve from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import typescript from '@rollup/plugin-typescript';
import dts from 'rollup-plugin-dts';
import license from 'rollup-plugin-license';

/** `import base64 from './x.wasm'`: the binary travels inside the bundle, so that nobody has a path to configure. */
const embedWasm = {
  name: 'embed-wasm',
  load(id) {
    if (!id.endsWith('.wasm')) return null;
    this.addWatchFile(id);
    return `export default '${readFileSync(id, 'base64')}';`;
  },
};

/**
 * `instantiateSync` of the loader also wraps the exports for strings, arrays and classes, needs `Object.hasOwn` for it, and adds
 * the imports of AssemblyScript's library. Our kernels take numbers, import memory alone, and we take the instance's own exports:
 * without all that, which nobody reads, the package is a fifth smaller, and without the assignment to `Object` importing it
 * touches no global.
 */
const leanLoader = {
  name: 'lean-loader',
  transform(code, id) {
    if (!/@assemblyscript[\\/]loader[\\/]index\.js$/.test(id)) return null;
    const without = (pattern, replacement) => {
      if (!pattern.test(code)) this.error('the loader has changed: look at instantiateSync again');
      code = code.replaceAll(pattern, replacement);
    };
    without(
      /const exports = postInstantiate\(extended, instance\);\s*return { module, instance, exports };/g,
      'return { module, instance };',
    );
    without(/const extended = preInstantiate\(imports\);/g, '');
    without(/^Object\.hasOwn = [\s\S]*?^};$/gm, '');
    return { code, map: null };
  },
};

/** One for all bundles: it collects, so that the file holds the notices of everything that any of them brings. */
const collector = license({ thirdParty: { output: 'dist/THIRD-PARTY-LICENSES.txt' } });

/** It returns every chunk with a banner, of which we have none, and a new source map that is twice as large. */
const notices = {
  ...collector,
  renderChunk(...chunk) {
    collector.renderChunk.apply(this, chunk);
    return null;
  },
};

const input = 'src/index.ts';
const external = ['@tensorflow/tfjs-core'];

export default [
  {
    input,
    external,
    plugins: [embedWasm, leanLoader, nodeResolve(), typescript(), notices],
    output: [
      { file: 'dist/tfjs-lookahead.js', format: 'es', sourcemap: true },
      { file: 'dist/tfjs-lookahead.cjs', format: 'cjs', sourcemap: true },
      {
        // For a script tag, beside those of tfjs.
        file: 'dist/tfjs-lookahead.umd.min.js',
        format: 'umd',
        name: 'tfLookahead',
        globals: { '@tensorflow/tfjs-core': 'tf' },
        sourcemap: true,
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
  {
    // Not published: what the benchmark times apart from the rest.
    input: ['src/kernels/loop.ts', 'src/kernels/simd.ts'],
    plugins: [embedWasm, leanLoader, nodeResolve(), typescript()],
    output: { dir: 'build', format: 'es' },
  },
  {
    // `npx tfjs-lookahead bench`, after what it imports from build/.
    input: 'bench/npx.js',
    // The package itself as it is published, and the TensorFlow.js of whoever runs it.
    external: [...external, 'tfjs-lookahead', /^node:/, '@mitata/counters', 'bun:jsc'],
    plugins: [nodeResolve({ exportConditions: ['node'] }), commonjs(), notices],
    output: { file: 'dist/bench.js', format: 'es', banner: '#!/usr/bin/env node', plugins: [terser()] },
  },
];
