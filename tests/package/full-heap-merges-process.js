/**
 * Calls one thing after the other on a full wasm heap, and prints what came of each. It is a process of its own, since
 * the heap is 4 GiB then; hardly a page of it is touched.
 */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { Lookahead, lookahead } from 'tfjs-lookahead';

tf.env().set('PROD', true);
await tf.setBackend('wasm');
const { wasm } = tf.backend();

// Holes of 64 bytes stay: without them the backend could not even note that there is a tensor, and would end.
const [holes, filled] = [[], []];
for (let i = 0; i < 1000; ++i) {
  holes.push(wasm._malloc(64));
  filled.push(wasm._malloc(64));
}
for (const address of holes) wasm._free(address);

function fillHeap() {
  for (let bytes = 2 ** 30; bytes >= 128; bytes /= 2) {
    for (let address = wasm._malloc(bytes); address !== 0; address = wasm._malloc(bytes)) filled.push(address);
  }
}

function freeHeap() {
  for (const address of filled.splice(0)) wasm._free(address);
}

const N = 1000;
const values = (tensor) => {
  const array = tensor.dataSync();
  return array.length === N && array.every((v) => v === array[0]) ? array[0] : 'garbage';
};
const all = (tensors) => tensors.map(values);
const messageOf = async (call) => {
  try {
    await call();
    return 'no error';
  } catch (error) {
    return error.message;
  }
};

const makeVariables = (name) => [1, 2].map((v, i) => tf.tidy(() => tf.variable(tf.fill([N], v), true, name + i)));
const move = (variables) => tf.tidy(() => variables.forEach((w) => void w.assign(tf.add(w, 4))));

// A Lookahead in mid-cycle: slow weights 1 and 2, fast ones 5 and 6.
const fast = makeVariables('w');
const loop = new Lookahead(fast, { k: 2, alpha: 0.5 });
move(fast);
loop.sync();
const saved = loop.getWeights();

// An optimizer in mid-cycle, of the same values.
const stepped = makeVariables('v');
const optimizer = lookahead(tf.train.momentum(1, 0.5), { k: 2, alpha: 0.5, pullbackMomentum: 'pullback' });
tf.tidy(() => optimizer.applyGradients(stepped.map(({ name }) => ({ name, tensor: tf.fill([N], -4) }))));
const savedOptimizer = await optimizer.getWeights();

// Another, whose slow weights are held by somebody, so that a merge needs memory.
const held = makeVariables('u');
const shared = new Lookahead(held, { k: 1, alpha: 0.5 });
move(held);
const holders = shared.slowWeights.map((slow) => tf.reshape(slow, [N, 1]));

const results = {};
const numTensors = tf.memory().numTensors - saved.length - savedOptimizer.length;
fillHeap();
try {
  results.full = wasm._malloc(128) === 0;
  results.inside = loop.withSlowWeights(() => all(fast));
  results.after = all(fast);
  results.insideAsync = await loop.withSlowWeights(async () => all(fast));
  results.afterAsync = all(fast);
  const slow = loop.getWeights().map(({ tensor }) => tensor);
  const text = slow.pop();
  const { step, stepsInCycle } = JSON.parse(text.dataSync()[0]);
  results.getWeights = [step, stepsInCycle, ...all(slow)];
  tf.dispose([text, slow]);
  loop.setWeights(saved);
  results.setWeights = [loop.step, loop.stepsInCycle, ...all([...fast, ...loop.slowWeights])];
  tf.dispose(saved); // or else the merge could not overwrite the slow weights, as they share its buffers
  loop.sync();
  results.sync = [loop.step, loop.stepsInCycle, ...all([...fast, ...loop.slowWeights])];

  fillHeap(); // again, since the merge has freed the former fast weights
  results.sharedSync = await messageOf(() => shared.sync());
  results.afterSharedSync = [shared.step, ...all([...held, ...shared.slowWeights])];

  results.optimizerInside = optimizer.withSlowWeights(() => all(stepped));
  results.optimizerAfter = all(stepped);
  const list = await optimizer.getWeights();
  results.optimizerGetWeights = list.slice(0, -1).map(({ tensor }) => values(tensor));
  await optimizer.setWeights(savedOptimizer);
  results.optimizerSetWeights = all([...stepped, ...optimizer.slowWeights]);
  // Both lists share the slow weights' buffers. The first goes by itself once nobody can be reading it.
  tf.dispose(list.map(({ tensor }) => tensor));
  await new Promise((resolve) => setTimeout(resolve));
  optimizer.flush();
  results.optimizerFlush = all([...stepped, ...optimizer.slowWeights]);
  results.leaked = tf.memory().numTensors - numTensors;
} finally {
  freeHeap();
}
// With memory again, the merge that was refused is done.
shared.sync();
results.sharedAgain = [shared.step, ...all([...held, ...shared.slowWeights])];
results.holders = holders.map((tensor) => values(tf.reshape(tensor, [N])));
console.log(JSON.stringify(results));
