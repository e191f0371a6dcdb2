/** The page of `npm run bench:browser`: section 2 of the benchmark in the browser that opens it. */
import { wasmPath } from '../../tools/browser/modules.js';
import { efforts } from '../compare.js';
import { charts, tables } from '../report/sync.js';
import { makePlans, runPlans } from '../run-sections.js';
import * as sync from '../sections/sync.js';
import { describeBrowser, findBackends, versions } from './environment.js';
import { choiceElement, factElements, showChart, tableElement } from './show.js';

const get = (id) => document.getElementById(id);
const settings = get('settings');

function showError(error) {
  get('status').textContent = '';
  get('error').hidden = false;
  get('error').textContent = error?.stack ?? String(error);
}

addEventListener('error', ({ error, message }) => showError(error ?? message));
addEventListener('unhandledrejection', ({ reason }) => showError(reason));

class Stopped extends Error {}
let stopping;

/** Between two measurements the page can draw, and react to its stop button. */
async function step() {
  ++get('progress').value;
  get('status').textContent = `Measured ${get('progress').value} of ${get('progress').max}`;
  await new Promise((resolve) => setTimeout(resolve));
  if (stopping) throw new Stopped();
}

function show(setup, measured) {
  const json = `${JSON.stringify({ ...setup, sections: { sync: measured } }, null, 2)}\n`;
  URL.revokeObjectURL(get('download').href);
  get('download').href = URL.createObjectURL(new Blob([json], { type: 'application/json' }));
  get('results').hidden = false;
  get('tables').replaceChildren(...tables(measured).map(tableElement));
  get('charts').replaceChildren();
  for (const chart of charts(measured)) showChart(get('charts'), chart);
}

async function run(machine) {
  const chosen = new FormData(settings);
  const backends = chosen.getAll('backend');
  if (backends.length === 0) {
    get('status').textContent = 'Choose a backend first.';
    return;
  }
  const short = chosen.has('short');
  const effort = short ? efforts.short : efforts.full;
  const { plans, steps } = makePlans({ sync }, { backends, short, effort });
  Object.assign(get('progress'), { value: 0, max: steps });
  for (const id of ['error', 'results']) get(id).hidden = true;
  get('under-way').hidden = false;
  setRunning(true);
  try {
    const results = await runPlans(plans, step);
    show({ command: 'npm run bench:browser', date: new Date().toISOString(), machine, versions, short }, results.sync);
    get('status').textContent = 'Done.';
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    get('status').textContent = 'Stopped.';
  } finally {
    get('under-way').hidden = true;
    setRunning(false);
  }
}

function setRunning(isRunning) {
  stopping = false;
  get('run').disabled = isRunning;
  get('stop').disabled = !isRunning;
}

const backends = await findBackends(wasmPath);
const machine = await describeBrowser();
const onOff = (value) => (value ? 'on' : 'off');
get('facts').replaceChildren(
  ...factElements({
    Engine: machine.engine,
    Cores: machine.cores,
    SIMD: onOff(machine.simd),
    Threads: onOff(machine.threads),
    'Cross-origin isolated': onOff(machine.isolated),
  }),
);
get('backends').replaceChildren(...Object.entries(backends).map(([name, isThere]) => choiceElement(name, isThere)));
settings.addEventListener('submit', (event) => {
  event.preventDefault();
  run(machine);
});
get('stop').addEventListener('click', () => {
  stopping = true;
});
setRunning(false);
