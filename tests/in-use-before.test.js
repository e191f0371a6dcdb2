/** Optimizers that have stepped, or were restored, before a Lookahead is put around them: each variable keeps its state. */
import { adamW, fused, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { optimizersOn, testWith, withoutReplacedSlots } from './support/inner-optimizers.js';
import { disposeOptimizer } from './support/plain-and-wrapped.js';
import { assertSameWeights, isExact } from './support/reference.js';
import { assertGoesOn, step } from './support/saved-lists.js';
import { load, saved, smallData, smallModel, trainStep, valuesOf } from './support/small-model.js';
import { messageOf, wholeState } from './support/whole-state.js';

onEachBackend('optimizers in use before', (test, backend) => {
  const k = Number.POSITIVE_INFINITY; // no merge, so that it does not count which steps a Lookahead has seen

  /** Of one shape, so that nothing but their values tells that two have changed places. */
  const three = () => [
    newVariable([1, 2], [2], 'used/a'),
    newVariable([-3, 4], [2], 'used/b'),
    newVariable([5, -6], [2], 'used/c'),
  ];

  /** Other variables than those of the steps before, in another order, and one that is new. */
  const goOn = (optimizer, [a, b, c]) => {
    for (const listed of [[b], [b, a], [a], [c, b, a]]) step(optimizer, listed);
  };

  for (const [name, make] of Object.entries(optimizersOn(backend))) {
    const testHere = testWith(name, backend, test);

    /** The weights of a run that was in a Lookahead from its first step on. */
    async function wrappedThroughout() {
      const variables = three();
      const optimizer = lookahead(make(), { k });
      for (let i = 0; i < 3; ++i) step(optimizer, variables.slice(0, 2));
      goOn(optimizer, variables);
      const weights = await valuesOf(variables);
      disposeOptimizer(optimizer);
      for (const each of variables) each.dispose();
      return weights;
    }

    for (const [what, wrap] of Object.entries({
      'has stepped': (optimizer) => lookahead(optimizer, { k }),
      'was restored': async (optimizer) => {
        const again = make();
        await again.setWeights(await optimizer.getWeights());
        return lookahead(again, { k });
      },
      'gives its list to a Lookahead': async (optimizer) => {
        const around = lookahead(make(), { k });
        await around.setWeights(await optimizer.getWeights());
        return around;
      },
    })) {
      // tfjs cannot save Adamax, and computes the powers of Adam's betas anew: on a GPU other ones.
      if (what !== 'has stepped' && (isExact(backend) ? ['Adamax'] : ['Adam']).includes(name)) continue;
      testHere(
        `${name}, which ${what}: as in a Lookahead from the first step on, and saved and restored after`,
        async () => {
          const expected = await wrappedThroughout();
          const variables = three();
          const bare = isExact(backend) ? make() : fused(make()); // the ops of a GPU have other bits
          for (let i = 0; i < 3; ++i) step(bare, variables.slice(0, 2));
          const optimizer = await wrap(bare);
          if (optimizer.inner !== bare) disposeOptimizer(bare);
          goOn(optimizer, variables);
          assertSameWeights(await valuesOf(variables), expected);
          await assertGoesOn({ optimizer, variables }, () => lookahead(make(), { k }));
        },
      );
    }

    testHere(`${name}: a model whose first layer is frozen when it gets a Lookahead is saved and loaded`, async () => {
      const data = smallData();
      const bare = make();
      const model = smallModel(bare);
      const listed = () => model.trainableWeights.map(({ val }) => val);
      for (let i = 0; i < 2; ++i) step(bare, listed());
      model.layers[0].trainable = false;
      const optimizer = lookahead(bare, { k: 2 });
      model.compile({ optimizer, loss: 'meanSquaredError' });
      for (let i = 0; i < 3; ++i) step(optimizer, listed());
      const loaded = await load(await saved(model));
      const isFirstKnown = optimizer.variables.length === 4; // SGD has no state that tells of a layer that is frozen
      if (!isFirstKnown) loaded.optimizer.add(loaded.getWeights(true));
      for (const each of [model, loaded]) each.layers[0].trainable = true;
      if (isFirstKnown) loaded.optimizer.add(loaded.getWeights(true));
      for (const each of [model, loaded]) for (let i = 0; i < 3; ++i) trainStep(each, data);
      assertSameWeights(await valuesOf(loaded.getWeights()), await valuesOf(model.getWeights()));
      for (const each of [model, loaded]) {
        each.dispose();
        disposeOptimizer(each.optimizer);
      }
    });
  }

  test('adamW, a variable of which was disposed before: as alone', async () => {
    const run = async (wrap) => {
      const [a, b, c] = three();
      const bare = adamW(0.1);
      for (let i = 0; i < 3; ++i) step(bare, [a, b]);
      a.dispose();
      const optimizer = wrap(bare);
      for (const listed of [[c, b], [c], [b, c]]) step(optimizer, listed);
      const weights = await valuesOf([b, c]);
      if (optimizer !== bare) await assertGoesOn({ optimizer, variables: [b, c] }, () => lookahead(adamW(0.1), { k }));
      else optimizer.dispose();
      for (const each of [b, c]) each.dispose();
      return weights;
    };
    const alone = await run((optimizer) => optimizer);
    assertSameWeights(await run((optimizer) => lookahead(optimizer, { k })), alone);
  });

  test('adamW, restored: where names do not tell, the step is refused, and nothing has changed', async () => {
    const [a, b, c] = three();
    const bare = adamW(0.1);
    step(bare, [a, b]);
    const optimizer = lookahead(adamW(0.1), { k });
    await withoutReplacedSlots(optimizer, async () => optimizer.setWeights(await bare.getWeights()));
    const before = await wholeState(optimizer);
    assert.match(
      await messageOf(() => step(optimizer, [b, c])),
      /^LookaheadOptimizer\.applyGradients: 'used\/c' was not saved, and 'used\/a', which was, is not listed/,
    );
    assert.equal(await wholeState(optimizer), before);
    optimizer.add([a, b]);
    step(optimizer, [b, c]);
    for (const each of [bare, optimizer]) each.dispose();
  });
});
