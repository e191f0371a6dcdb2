/** `npm run bench:browser`: serves the page that measures in a browser, or opens it in a headless Chromium. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import nodeResolve from '@rollup/plugin-node-resolve';
import { Option, program } from 'commander';
import { rollup } from 'rollup';
import { foldersOf, importMap } from '../tools/browser/import-map.js';
import { modules } from '../tools/browser/modules.js';
import { isolation, serve } from '../tools/browser/serve.js';
import { refuseOptionsThatNpmTook } from '../tools/npm-options.js';
import { installJax, jaxModule } from './jax/install.js';
import { jaxOption, jsonOption, prepareOutputs, sectionsArgument, shortOption } from './options.js';

const all = ['sync', 'step', 'training'];

program
  .name('npm run bench:browser --')
  .description('Times merges, fused steps and training in a browser: a page for yours, or in a headless Chromium.')
  .addArgument(sectionsArgument(all))
  .addOption(new Option('--headless', 'run it here, and print the tables'))
  .addOption(new Option('--host <address>', 'where to listen; 0.0.0.0 lets a phone in').default('127.0.0.1'))
  .addOption(new Option('--one-thread', 'not isolated from other origins, so that nothing has threads'))
  .addOption(jaxOption())
  .addOption(jsonOption().implies({ headless: true }))
  .addOption(shortOption().implies({ headless: true }))
  .showSuggestionAfterError(false);
refuseOptionsThatNpmTook(program, 'npm run bench:browser --');
program.parse();
prepareOutputs(program);
const { headless, host, json, jax = false, oneThread = false, short = false } = program.opts();
const [chosen] = program.processedArgs;
const asked = [...(chosen.length < all.length ? chosen.map((name) => `section=${name}`) : []), ...(jax ? ['jax'] : [])];
const query = asked.length > 0 ? `?${asked.join('&')}` : '';
if (jax) await installJax();

const imports = {
  ...modules,
  ...(jax && { '@jax-js/jax': jaxModule }),
  echarts: '/node_modules/echarts/dist/echarts.esm.min.mjs',
};

async function bundle() {
  const build = await rollup({
    input: fileURLToPath(new URL('page/main.js', import.meta.url)),
    // mitata imports these in other runtimes, and works without them.
    external: [...Object.keys(imports), '@jax-js/jax', '@mitata/counters', 'bun:jsc'],
    plugins: [nodeResolve({ browser: true })],
  });
  const { output } = await build.generate({ format: 'es' });
  await build.close();
  return output[0].code;
}

async function servePage() {
  const read = (name) => readFileSync(new URL(`page/${name}`, import.meta.url), 'utf8');
  const pages = {
    '/': ['html', read('index.html').replace('<!-- import map -->', importMap(imports))],
    '/style.css': ['css', read('style.css')],
    '/bench.js': ['js', await bundle()],
  };
  try {
    return await serve({ pages, folders: foldersOf(imports), headers: oneThread ? {} : isolation, host });
  } catch (error) {
    program.error(
      `error: option '--host <address>' argument '${host}' is invalid. ${error.message}: name an address of this machine.`,
    );
  }
}

const server = await servePage();
const url = `${server.url}${query}`;
if (headless) {
  const { measureHeadless } = await import('./headless.js');
  try {
    const text = await measureHeadless(url, short);
    if (json) writeFileSync(json, text);
  } finally {
    server.close();
  }
} else {
  console.log(`Open ${url} in a browser. Ctrl-C ends.`);
}
