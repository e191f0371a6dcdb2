/** A model saved to IndexedDB, which only browsers have, goes on exactly as the one that was saved. */
import { lookahead } from 'tfjs-lookahead';
import { onEachBackend } from '../../support/backends.js';
import { disposeWithInner } from '../../support/inner-optimizers.js';
import { assertSameWeights } from '../../support/reference.js';
import { smallData, smallModel, trainStep, valuesOf } from '../../support/small-model.js';
import { tf } from '../../support/tf.js';

const address = 'indexeddb://lookahead';

onEachBackend('saving to IndexedDB', (test) => {
  test('the continued run equals the uninterrupted one', async () => {
    const data = smallData();
    const model = smallModel(lookahead(tf.train.adam(0.01), { k: 3, pullbackMomentum: 'pullback' }));
    for (let i = 0; i < 4; ++i) trainStep(model, data);
    await model.save(address, { includeOptimizer: true });
    const resumed = await tf.loadLayersModel(address);
    for (let i = 0; i < 4; ++i) for (const each of [model, resumed]) trainStep(each, data);
    assertSameWeights(await valuesOf(resumed.getWeights()), await valuesOf(model.getWeights()), 'weights');
    const slow = [resumed, model].map(({ optimizer }) => valuesOf(optimizer.slowWeights));
    assertSameWeights(...(await Promise.all(slow)), 'slow weights');
    await tf.io.removeModel(address);
    for (const { optimizer } of [model, resumed]) disposeWithInner(optimizer);
    for (const each of [model, resumed]) each.dispose();
  });
});
