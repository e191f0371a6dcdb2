import { readFileSync } from 'node:fs';
import nodeResolve from '@rollup/plugin-node-resolve';
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

const input = 'src/index.ts';
const external = ['@tensorflow/tfjs-core'];

export default [
  {
    input,
    external,
    plugins: [embedWasm, nodeResolve(), typescript()],
    output: [
      { file: 'dist/tfjs-lookahead.js', format: 'es', sourcemap: true },
      { file: 'dist/tfjs-lookahead.cjs', format: 'cjs', sourcemap: true },
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
