/**
 * Runs the tests in a page or in a Web Worker, with the TEST_HOST that the query of the address holds, and without the
 * suites that are `done`. Output and reports go to the page server, because not every browser lets its driver read the
 * console.
 */
import { testFiles } from 'test-files';
import { execute } from '../execute.js';

/**
 * Output is sent one piece after the other, so that all arrives in order. What is printed meanwhile is the next piece.
 */
let waiting = '';
let sending;

async function sendWaiting() {
  while (waiting) {
    const body = waiting;
    waiting = '';
    await fetch('/output', { method: 'POST', body });
  }
  sending = undefined;
}

function print(text) {
  waiting += text;
  sending ??= sendWaiting();
}

/** Synchronous: a test that never ends would keep a request of `fetch` from being sent. */
function report(entry) {
  const request = new XMLHttpRequest();
  request.open('POST', '/report', false);
  request.send(JSON.stringify(entry));
}

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

const query = new URLSearchParams(location.search);
globalThis.TEST_HOST = JSON.parse(query.get('host'));
try {
  await execute(testFiles, report, Number(query.get('done')));
} catch (error) {
  ++uncaught;
  print(describe(error));
}
await finish(uncaught === 0 ? 'ran' : 'broken');
