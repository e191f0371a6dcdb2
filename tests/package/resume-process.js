/**
 * One of the two processes of resume-in-new-process.test.js. `start` trains, saves to files in mid-cycle and goes on; `resume` loads and
 * goes on. Both print the bits of the weights and of the slow weights that they end with. `outer` is a key of
 * `outerOptimizers`, or 'none'.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lookahead } from 'tfjs-lookahead';
import { innerOptimizers } from '../support/inner-optimizers.js';
import { outerOptimizers } from '../support/outer-optimizers.js';
import { smallData, smallModel, trainStep, valuesOf } from '../support/small-model.js';
import { tf } from '../support/tf.js';

const [, , command, backend, inner, outer, folder] = process.argv;
const [json, binary] = ['model.json', 'weights.bin'].map((name) => join(folder, name));
await tf.setBackend(backend);
const data = smallData();
let model;
if (command === 'start') {
  const slowStep = outer === 'none' ? { alpha: 0.3 } : { outer: outerOptimizers[outer].make() };
  model = smallModel(lookahead(innerOptimizers[inner](), { k: 3, ...slowStep }));
  for (let i = 0; i < 4; ++i) trainStep(model, data);
  const toFiles = tf.io.withSaveHandler(async ({ weightData, ...rest }) => {
    writeFileSync(json, JSON.stringify(rest));
    writeFileSync(binary, new Uint8Array(weightData));
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  });
  await model.save(toFiles, { includeOptimizer: true });
} else {
  const weightData = new Uint8Array(readFileSync(binary)).buffer;
  model = await tf.loadLayersModel(tf.io.fromMemory({ ...JSON.parse(readFileSync(json, 'utf8')), weightData }));
}
for (let i = 0; i < 7; ++i) trainStep(model, data);
const values = await valuesOf([...model.getWeights(), ...model.optimizer.slowWeights]);
console.log(Buffer.concat(values.map(({ buffer }) => Buffer.from(buffer))).toString('hex'));
