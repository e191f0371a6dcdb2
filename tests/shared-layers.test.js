/** Variables that a program lists twice, as where models share layers: tfjs lists them twice, and steps them twice. */
import { Lookahead, lookahead } from 'tfjs-lookahead';
import * as assert from 'uvu/assert';
import { newVariable, onEachBackend } from './support/backends.js';
import { innerOptimizers, testWith } from './support/inner-optimizers.js';
import { assertWrappedEqualsPlain, disposeOptimizer } from './support/plain-and-wrapped.js';
import { assertSameWeights, isExact, randomValues } from './support/reference.js';
import { assignValues, smallData, valuesOf } from './support/small-model.js';
import { tf } from './support/tf.js';

const seeded = (model) => {
  const weights = model.getWeights();
  assignValues(
    weights,
    weights.map((w, i) => randomValues(w.size, i + 1)),
  );
};

onEachBackend('shared layers', (test, backend) => {
  const inners = isExact(backend) ? innerOptimizers : { Adam: innerOptimizers.Adam };

  /** An actor and a critic on one trunk. */
  function actorAndCritic() {
    const input = tf.input({ shape: [2] });
    const features = tf.layers.dense({ units: 3, activation: 'tanh' }).apply(input);
    const [actor, critic] = [2, 1].map((units) =>
      tf.model({ inputs: input, outputs: tf.layers.dense({ units }).apply(features) }),
    );
    for (const model of [actor, critic]) seeded(model);
    const variables = [...actor.getWeights(true), ...critic.getWeights(true)];
    const { x, y } = smallData();
    const loss = () =>
      tf.tidy(() => tf.add(tf.mean(tf.square(tf.sub(critic.predict(x), y))), tf.mean(tf.square(actor.predict(x)))));
    return {
      variables,
      step: (optimizer) => optimizer.minimize(loss, false, variables),
      dispose() {
        actor.dispose();
        for (const layer of critic.layers.slice(-1)) layer.dispose();
      },
    };
  }

  for (const [name, make] of Object.entries(inners)) {
    testWith(
      name,
      backend,
      test,
    )(`${name}: actor and critic that share layers`, () =>
      assertWrappedEqualsPlain(
        make,
        async (optimizer) => {
          const agent = actorAndCritic();
          for (let i = 0; i < 5; ++i) agent.step(optimizer);
          const weights = await valuesOf(agent.variables);
          if (optimizer.inner) {
            const once = [...new Set(agent.variables)];
            assert.is(once.length, agent.variables.length - 2);
            assert.equal(optimizer.variables, once, 'one slow weight each');
            assert.is(optimizer.slowWeights.length, once.length);
          }
          agent.dispose();
          return weights;
        },
        name,
      ),
    );

    testWith(
      name,
      backend,
      test,
    )(`${name}: fit, a layer used directly and inside a nested model`, () =>
      assertWrappedEqualsPlain(
        make,
        async (optimizer) => {
          const shared = tf.layers.dense({ units: 1, inputShape: [2] });
          const nested = tf.sequential({ layers: [shared] });
          const input = tf.input({ shape: [2] });
          const sum = tf.layers.add().apply([nested.apply(input), shared.apply(input)]);
          const model = tf.model({ inputs: input, outputs: sum });
          seeded(nested);
          model.compile({ optimizer, loss: 'meanSquaredError' });
          assert.is(model.getWeights(true).length, 4, 'kernel and bias, each twice');
          const { x, y } = smallData();
          await model.fit(x, y, { epochs: 3, batchSize: 3, shuffle: false, verbose: 0, yieldEvery: 'never' });
          const weights = await valuesOf(nested.getWeights());
          for (const w of nested.getWeights()) w.dispose();
          return weights;
        },
        name,
      ),
    );

    if (isExact(backend)) {
      testWith(
        name,
        backend,
        test,
      )(`${name}: saved by name and restored, the continued run equals the uninterrupted one`, async () => {
        const agent = actorAndCritic();
        const config = { k: 3, alpha: 0.3 };
        const optimizer = lookahead(make(), config);
        for (let i = 0; i < 4; ++i) agent.step(optimizer);
        const weights = await optimizer.getWeights();
        const names = weights.map((weight) => weight.name);
        assert.is(new Set(names).size, names.length, 'no name comes twice, since loading keeps one of a name');
        const { data, specs } = await tf.io.encodeWeights(weights);
        weights[0].tensor.dispose();
        const values = await valuesOf(agent.variables);
        for (let i = 0; i < 4; ++i) agent.step(optimizer);
        const expected = await valuesOf(agent.variables);

        assignValues(agent.variables, values);
        const resumed = lookahead(make(), config);
        const decoded = tf.io.decodeWeights(data, specs);
        await resumed.setWeights(specs.map((spec) => ({ name: spec.name, tensor: decoded[spec.name] })));
        tf.dispose(decoded);
        for (let i = 0; i < 4; ++i) agent.step(resumed);
        assertSameWeights(await valuesOf(agent.variables), expected, name);
        disposeOptimizer(optimizer);
        disposeOptimizer(resumed);
        agent.dispose();
      });
    }
  }

  if (isExact(backend)) {
    for (const [what, prepare] of [
      ['a step', () => {}],
      ['add', (optimizer, variables) => optimizer.add(variables)],
    ]) {
      test(`built anew, and restored by position at ${what}, the continued run equals the uninterrupted one`, async () => {
        const [agent, anew] = [actorAndCritic(), actorAndCritic()];
        const make = () => lookahead(tf.train.adam(0.01), { k: 3, alpha: 0.3 });
        const [optimizer, resumed] = [make(), make()];
        for (let i = 0; i < 4; ++i) agent.step(optimizer);
        const weights = await optimizer.getWeights();
        await resumed.setWeights(weights);
        weights[0].tensor.dispose();
        assignValues(anew.variables, await valuesOf(agent.variables));
        prepare(resumed, anew.variables);
        for (let i = 0; i < 4; ++i) {
          agent.step(optimizer);
          anew.step(resumed);
        }
        assertSameWeights(await valuesOf(anew.variables), await valuesOf(agent.variables), what);
        for (const each of [optimizer, resumed, agent, anew]) each.dispose();
      });
    }
  }

  test('a variable that is listed twice, first or later, in one place or another, has two momenta', async () => {
    const [a, b, c] = [0, 0, 0].map((value) => newVariable([value], [1]));
    // `k: Infinity` leaves the steps of the inner optimizer alone.
    const optimizer = lookahead(tf.train.momentum(1, 0.5), { k: Number.POSITIVE_INFINITY });
    const step = (...listed) =>
      tf.tidy(() =>
        optimizer.applyGradients(listed.map(([{ name }, gradient]) => ({ name, tensor: tf.tensor1d([gradient]) }))),
      );
    step([a, 1], [a, 2], [c, 1]); // the momenta are 1 and 2, of c 1
    step([b, 1], [a, 1], [a, 1]); // 1.5 and 2, of b 1
    step([a, 0], [b, 0], [a, 0]); // 0.75 and 1, of b 0.5
    step([c, 1], [c, 1]); // 1.5 and 1
    assert.equal(
      await valuesOf([a, b, c]),
      [[-8.25], [-1.5], [-3.5]].map((value) => new Float32Array(value)),
    );
    disposeOptimizer(optimizer);
  });

  test('a Lookahead takes a variable that comes twice as one', async () => {
    const [a, b] = [newVariable([0], [1]), newVariable([0], [1])];
    const loop = new Lookahead([a, b, a], { k: 1 });
    assert.equal(loop.variables, [a, b]);
    tf.tidy(() => a.assign(tf.tensor1d([4])));
    loop.sync();
    assert.equal([...(await a.data())], [2], 'merged once');
    const c = newVariable([0], [1]);
    loop.add([c, c]);
    assert.equal(loop.variables, [a, b, c]);
    loop.dispose();
  });
});
