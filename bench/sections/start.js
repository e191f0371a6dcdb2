import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { rollup } from 'rollup';
import { minify } from 'terser';
import { summarize } from '../statistics.js';

const root = new URL('../../', import.meta.url);
const script = fileURLToPath(new URL('../start-process.js', import.meta.url));
const bundle = fileURLToPath(new URL('dist/tfjs-lookahead.js', root));

const run = promisify(execFile);

/** Costs that come only once: the import, the compilation at the first merge, the download. */
export function plan({ backends, extent }) {
  const processes = extent === 'short' ? 2 : 11;
  return {
    tasks: {
      times: backends.map((backend) => () => measureTimes(backend, processes)),
      sizes: [
        () => measureBundle('all', '*'),
        ...['fused', 'Lookahead', 'registerTrainingKernels'].map(
          (name) => () => measureBundle(`${name} alone`, `{ ${name} }`),
        ),
        ...['lerp.wasm', 'lerp.threads.wasm'].map((name) => () => ({
          what: name,
          bytes: statSync(new URL(`build/${name}`, root)).size,
        })),
      ],
    },
    about: { processes },
  };
}

async function measureTimes(backend, processes) {
  const runs = [];
  for (let i = 0; i < processes; ++i) {
    const { stdout } = await run(process.execPath, [script, backend]);
    runs.push(JSON.parse(stdout));
  }
  const of = (key) => summarize(runs.map((ms) => ms[key]));
  const milliseconds = Object.fromEntries(Object.keys(runs[0]).map((key) => [key, of(key)]));
  return { backend, milliseconds };
}

/** The size of what a bundler leaves of the package, minified and gzipped. */
async function measureBundle(what, exported) {
  const entry = 'entry';
  const only = {
    name: 'only',
    resolveId: (id) => (id === entry ? id : null),
    load: (id) => (id === entry ? `export ${exported} from ${JSON.stringify(bundle)};` : null),
  };
  const build = await rollup({ input: entry, external: ['@tensorflow/tfjs-core'], plugins: [only] });
  const { output } = await build.generate({ format: 'es' });
  await build.close();
  const { code } = await minify(output[0].code, { module: true });
  return { what, bytes: code.length, gzipBytes: gzipSync(code, { level: 9 }).length };
}
