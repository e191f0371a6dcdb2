/**
 * Runs the tests in a page or in a Web Worker, with the TEST_HOST that the query of the address holds. Output and
 * reports go to the page server, because not every browser lets its driver read the console.
 */
import { testFiles } from 'test-files';
import { execute } from '../execute.js';

/** One after the other, so that all arrives in order; pieces of output that wait are sent as one. */
const waiting = [];
let sending;

async function sendWaiting() {
  while (waiting.length > 0) {
    const { path, body } = waiting.shift();
    await fetch(path, { method: 'POST', body });
  }
  sending = undefined;
}

function send(path, body) {
  const last = waiting.at(-1);
  if (path === '/output' && last?.path === path) last.body += body;
  else waiting.push({ path, body });
  sending ??= sendWaiting();
}

const print = (text) => send('/output', text);
const report = (entry) => send('/report', JSON.stringify(entry));

async function finish(outcome) {
  await sending;
  await fetch('/finished', { method: 'POST', body: outcome });
}

const describe = (error) => `${error?.message ?? error}\n${error?.stack ?? ''}\n`;

console.log = (...values) => print(values.join(' ')); // uvu's only way out; it brings its own line ends
for (const method of ['warn', 'error']) console[method] = (...values) => print(`${values.join(' ')}\n`);

let uncaught = 0;
for (const event of ['error', 'unhandledrejection']) {
  addEventListener(event, ({ error, reason, message }) => {
    ++uncaught;
    print(`\nuncaught: ${describe(error ?? reason ?? message)}`);
  });
}

globalThis.TEST_HOST = JSON.parse(new URLSearchParams(location.search).get('host'));
try {
  await execute(testFiles, report);
} catch (error) {
  ++uncaught;
  print(describe(error));
}
await finish(uncaught === 0 ? 'ran' : 'broken');
