/**
 * One of the two processes of resume-in-new-process.test.js. `start` trains with each pair of optimizers, saves to files in
 * mid-cycle and goes on; `resume` loads and goes on. Both print, for each pair, the bits of the weights and of the slow
 * weights that they end with.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lookahead } from 'tfjs-lookahead';
import { innerOptimizers } from '../support/inner-optimizers.js';
import { outerOptimizers } from '../support/outer-optimizers.js';
import { smallData, smallModel, trainStep, valuesOf } from '../support/small-model.js';
import { tf } from '../support/tf.js';

const [, , command, backend, folder, pairs] = process.argv;
await tf.setBackend(backend);
const data = smallData();

async function start(inner, outer, files) {
  const slowStep = outer === 'none' ? { alpha: 0.3 } : { outer: outerOptimizers[outer].make() };
  const model = smallModel(lookahead(innerOptimizers[inner](), { k: 3, ...slowStep }));
  for (let i = 0; i < 4; ++i) trainStep(model, data);
  const toFiles = tf.io.withSaveHandler(async ({ weightData, ...rest }) => {
    writeFileSync(files.json, JSON.stringify(rest));
    writeFileSync(files.binary, new Uint8Array(weightData));
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  });
  await model.save(toFiles, { includeOptimizer: true });
  return model;
}

function resume({ json, binary }) {
  const weightData = new Uint8Array(readFileSync(binary)).buffer;
  return tf.loadLayersModel(tf.io.fromMemory({ ...JSON.parse(readFileSync(json, 'utf8')), weightData }));
}

const bits = [];
for (const [i, [inner, outer]] of JSON.parse(pairs).entries()) {
  const files = { json: join(folder, `${i}.json`), binary: join(folder, `${i}.bin`) };
  const model = command === 'start' ? await start(inner, outer, files) : await resume(files);
  for (let step = 0; step < 7; ++step) trainStep(model, data);
  const values = await valuesOf([...model.getWeights(), ...model.optimizer.slowWeights]);
  bits.push(Buffer.concat(values.map(({ buffer }) => Buffer.from(buffer))).toString('hex'));
}
console.log(JSON.stringify(bits));
