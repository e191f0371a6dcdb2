import { readFileSync } from 'node:fs';
import nodeResolve from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import typescript from '@rollup/plugin-typescript';
import dts from 'rollup-plugin-dts';

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
 * `instantiateSync` of the loader also wraps the exports for strings, arrays and classes. Our kernels take numbers, and we
 * take the instance's own exports; without that wrapping, which nobody reads, the package is a fifth smaller.
 */
const leanLoader = {
  name: 'lean-loader',
  transform(code, id) {
    if (!/@assemblyscript[\\/]loader[\\/]index\.js$/.test(id)) return null;
    const wrapping = /const exports = postInstantiate\(extended, instance\);\s*return { module, instance, exports };/g;
    if (!code.match(wrapping)) this.error('the loader has changed: look at instantiateSync again');
    return { code: code.replace(wrapping, 'return { module, instance };'), map: null };
  },
};

const input = 'src/index.ts';
const external = ['@tensorflow/tfjs-core'];

export default [
  {
    input,
    external,
    plugins: [embedWasm, leanLoader, nodeResolve(), typescript()],
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
];
