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
 * `instantiateSync` of the loader also wraps the exports for strings, arrays and classes, and needs `Object.hasOwn` for it.
 * Our kernels take numbers, and we take the instance's own exports; without that wrapping, which nobody reads, the package
 * is a fifth smaller, and without the assignment to `Object` importing it touches no global.
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
    without(/^Object\.hasOwn = [\s\S]*?^};$/gm, '');
    return { code, map: null };
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
    // Not published: what the benchmark times beside the SIMD kernel.
    input: 'src/kernels/loop.ts',
    plugins: [typescript()],
    output: { file: 'build/loop.js', format: 'es' },
  },
];
