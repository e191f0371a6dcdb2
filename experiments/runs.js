import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const folder = fileURLToPath(new URL('../build/experiments', import.meta.url));

/** A result is kept for its settings and for the built package, because another build may give another result. */
const builtPackage = readFileSync(fileURLToPath(import.meta.resolve('tfjs-lookahead')));

function pathOf(name, settings) {
  const key = createHash('sha256').update(builtPackage).update(JSON.stringify(settings)).digest('hex').slice(0, 16);
  return `${folder}/${name}/${key}.json`;
}

function recall(name, settings) {
  try {
    return JSON.parse(readFileSync(pathOf(name, settings), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Renamed when it is complete, so that an interruption leaves no half-written file. */
function remember(name, settings, result) {
  const path = pathOf(name, settings);
  mkdirSync(`${folder}/${name}`, { recursive: true });
  writeFileSync(`${path}.part`, JSON.stringify(result));
  renameSync(`${path}.part`, path);
}

export function forgetRuns(name) {
  rmSync(`${folder}/${name}`, { recursive: true, force: true });
}

/**
 * Computes the runs that are not finished yet, one on each core at a time.
 *
 * @param tell is called with the place of a run and the share of it that is done.
 * @returns for each run its settings and its result.
 */
export async function runAll(name, runs, tell) {
  const results = runs.map((settings) => ({ settings, result: recall(name, settings) }));
  const waiting = results.filter(({ result }) => result === undefined);
  results.forEach(({ result }, i) => {
    if (result !== undefined) tell(i, 1);
  });
  const workers = Array.from(
    { length: Math.min(waiting.length, availableParallelism()) },
    () => new Worker(new URL('worker.js', import.meta.url), { workerData: name }),
  );
  const work = async (worker) => {
    for (let run = waiting.shift(); run; run = waiting.shift()) {
      run.result = await runIn(worker, run.settings, (share) => tell(results.indexOf(run), share));
      remember(name, run.settings, run.result);
      tell(results.indexOf(run), 1);
    }
  };
  try {
    await Promise.all(workers.map(work));
  } finally {
    for (const worker of workers) worker.terminate();
  }
  return results;
}

function runIn(worker, settings, tell) {
  return new Promise((resolve, reject) => {
    const listen = ({ share, result }) => {
      if (share !== undefined) return tell(share);
      worker.off('message', listen).off('error', reject);
      resolve(result);
    };
    worker.on('message', listen).on('error', reject);
    worker.postMessage(settings);
  });
}
