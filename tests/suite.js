/** Runs test files in whatever host this is, and prints uvu's totals, which the runner reads. */
globalThis.UVU_DEFER = 1;
globalThis.UVU_QUEUE = [];

/** The files that every host runs. */
export const everywhere = {
  'lerp.test.js': () => import('./lerp.test.js'),
  'paths.test.js': () => import('./paths.test.js'),
  'lookahead.test.js': () => import('./lookahead.test.js'),
  'optimizer.test.js': () => import('./optimizer.test.js'),
  'saving.test.js': () => import('./saving.test.js'),
  'restoring.test.js': () => import('./restoring.test.js'),
  'gpu.test.js': () => import('./gpu.test.js'),
  'bad-input.test.js': () => import('./bad-input.test.js'),
  'immutability.test.js': () => import('./immutability.test.js'),
  'ownership.test.js': () => import('./ownership.test.js'),
  'leaks.test.js': () => import('./leaks.test.js'),
  'stateful.test.js': () => import('./stateful.test.js'),
};

export async function run(files = everywhere) {
  const { exec } = await import('uvu');
  for (const [name, load] of Object.entries(files)) {
    globalThis.UVU_INDEX = globalThis.UVU_QUEUE.push([name]) - 1;
    await load();
  }
  await exec();
}
