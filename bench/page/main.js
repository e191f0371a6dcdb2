/**
 * The page of `npm run bench:browser`: it runs those sections of the benchmark that need no part of Node, in the
 * browser that opens it.
 */
import * as tf from '@tensorflow/tfjs';
import { wasmPath } from '../../tools/browser/modules.js';
import { trainerOf } from '../jax/trainer.js';
import * as stepReport from '../report/step.js';
import * as syncReport from '../report/sync.js';
import * as trainingReport from '../report/training.js';
import { makePlans, runPlans } from '../run-sections.js';
import * as step from '../sections/step.js';
import * as sync from '../sections/sync.js';
import * as training from '../sections/training.js';
import { describeBrowser, findBackends, versions } from './environment.js';
import { choiceElement, factElements, showChart, tableElement } from './show.js';

const sections = { sync, step, training };
const reports = { sync: syncReport, step: stepReport, training: trainingReport };
const titles = { sync: 'merges', step: 'steps of optimizers', training: 'whole training steps' };

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

/** Between two measurements the page may draw, and hear that it should stop. */
async function pause(section) {
  ++get('progress').value;
  get('progress').dataset.section = section;
  get('status').textContent = `Measured ${get('progress').value} of ${get('progress').max}`;
  await new Promise((resolve) => setTimeout(resolve));
  if (stopping) throw new Stopped();
}

function show(setup, measured) {
  const json = `${JSON.stringify({ ...setup, sections: measured }, null, 2)}\n`;
  URL.revokeObjectURL(get('download').href);
  get('download').href = URL.createObjectURL(new Blob([json], { type: 'application/json' }));
  get('results').hidden = false;
  const ofEach = (part) => Object.entries(measured).flatMap(([name, figures]) => reports[name][part](figures));
  get('tables').replaceChildren(...ofEach('tables').map(tableElement));
  get('charts').replaceChildren();
  for (const chart of ofEach('charts')) showChart(get('charts'), chart);
}

async function run(machine) {
  const chosen = new FormData(settings);
  const [backends, names] = [chosen.getAll('backend'), chosen.getAll('section')];
  if (backends.length === 0 || names.length === 0) {
    get('status').textContent = 'Choose a backend and what to measure first.';
    return;
  }
  const short = chosen.has('short');
  const measuring = Object.fromEntries(names.map((name) => [name, sections[name]]));
  const { plans, steps } = makePlans(measuring, { backends, extent: short ? 'short' : 'full', tf, startJax });
  Object.assign(get('progress'), { value: 0, max: steps });
  for (const id of ['error', 'results']) get(id).hidden = true;
  get('under-way').hidden = false;
  setRunning(true);
  try {
    const results = await runPlans(plans, pause);
    show({ command: 'npm run bench:browser', date: new Date().toISOString(), machine, versions, short }, results);
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

const query = new URLSearchParams(location.search);
const startJax = query.has('jax') ? trainerOf(await import('@jax-js/jax')) : undefined;
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
const told = (name, isThere) => (isThere ? name : `${name} (not in this browser)`);
get('backends').replaceChildren(
  ...Object.entries(backends).map(([name, isThere]) =>
    choiceElement('backend', name, told(name, isThere), { checked: isThere, disabled: !isThere }),
  ),
);
const asked = query.getAll('section');
get('sections').replaceChildren(
  ...Object.entries(titles).map(([name, title]) =>
    choiceElement('section', name, title, { checked: asked.length === 0 || asked.includes(name) }),
  ),
);
settings.addEventListener('submit', (event) => {
  event.preventDefault();
  run(machine);
});
get('stop').addEventListener('click', () => {
  stopping = true;
});
setRunning(false);
