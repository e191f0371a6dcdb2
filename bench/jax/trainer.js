/** jax-js on the models of `models.js`: Adam in its ops, the whole step in one `jit`. */
import { LEARNING_RATE } from '../trainers.js';

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-7];

/**
 * The models as jax-js computes them: functions of the weights, in the order of TensorFlow.js, and of the inputs, which
 * return the outputs. Every op uses up the arrays that go into it, unless they are given as `.ref`.
 */
function makeNetworks({ numpy: np, nn, lax }) {
  const dense = (x, weights, bias) => np.matmul(x, weights).add(bias);

  const mlp = ([w1, b1, w2, b2, w3, b3], x) => dense(nn.relu(dense(nn.relu(dense(x, w1, b1)), w2, b2)), w3, b3);

  /** The gates stand in the order i, f, c, o. */
  function lstm([kernel, recurrent, bias, w, b], x) {
    const [batch, length] = x.shape;
    const units = recurrent.shape[0];
    const steps = np.split(x, length, 1).map((step) => step.reshape([batch, -1]));
    let h = np.zeros([batch, units]);
    let c = np.zeros([batch, units]);
    for (const step of steps) {
      const gates = np.matmul(step, kernel.ref).add(np.matmul(h, recurrent.ref)).add(bias.ref);
      const [i, f, candidate, o] = np.split(gates, 4, 1);
      c = nn
        .sigmoid(f)
        .mul(c)
        .add(nn.sigmoid(i).mul(np.tanh(candidate)));
      h = nn.sigmoid(o).mul(np.tanh(c.ref));
    }
    for (const used of [kernel, recurrent, bias, c]) used.dispose();
    return dense(h, w, b);
  }

  /** Its convolutions have the channels before the pixels. */
  function cnn([f1, b1, f2, b2, w, b], x) {
    const convolution = (image, filter, bias) =>
      nn.relu(lax.conv(image, np.transpose(filter, [3, 2, 0, 1]), [1, 1], 'VALID').add(bias.reshape([1, -1, 1, 1])));
    const pool = (image) => lax.reduceWindow(image, np.max, [2, 2], [2, 2]);
    const features = pool(convolution(pool(convolution(np.transpose(x, [0, 3, 1, 2]), f1, b1)), f2, b2));
    return dense(np.transpose(features, [0, 2, 3, 1]).reshape([x.shape[0], -1]), w, b);
  }

  function attention([query, key, value, out, expand, contract], x) {
    const [batch, length, heads] = [8, 32, 4];
    const width = x.shape[1];
    const apart = (w) => np.transpose(np.matmul(x.ref, w).reshape([batch, length, heads, width / heads]), [0, 2, 1, 3]);
    const [q, k, v] = [query, key, value].map(apart);
    const scores = nn.softmax(np.matmul(q, np.transpose(k, [0, 1, 3, 2])).mul(Math.sqrt(heads / width)), -1);
    const together = np.transpose(np.matmul(scores, v), [0, 2, 1, 3]).reshape([batch * length, width]);
    const attended = x.add(np.matmul(together, out));
    return attended.ref.add(np.matmul(nn.relu(np.matmul(attended, expand)), contract));
  }

  /** A product with one-hot vectors, since the gradient of `take` fails within `jit` (0.1.25). */
  function embedding([table, w, b], ids) {
    const [batch, words] = [ids.shape[0], table.shape[0]];
    const rows = np.matmul(nn.oneHot(ids.reshape([-1]), words), table);
    return dense(rows.reshape([batch, -1]), w, b);
  }

  return {
    'MLP 4-24-48-2': mlp,
    'MLP 784-128-64-10': mlp,
    'LSTM 64 over 16 of 32 symbols': lstm,
    'MLP 784-512-256-10, batch 128': mlp,
    'Attention 64, 4 heads, over 32': attention,
    'CNN 28 x 28, filters 5 x 5': cnn,
    'Embedding of 1000 words': embedding,
  };
}

/**
 * @param jax the module `@jax-js/jax`.
 * @returns `startJax(model, task)`. It gets a name of `models.js` and the task that this makes, and starts from the
 * weights of the task. It returns `step()`, `finish()` for what is still under way, `loss()` of the last step, and
 * `dispose()`; or null if there is no such model here.
 */
export const trainerOf = (jax) => (model, task) => startJax(jax, model, task);

function startJax(jax, model, { variables, inputs, targets }) {
  const network = makeNetworks(jax)[model];
  if (!network) return null;
  const { numpy: np, nn, jit, tree, valueAndGrad, blockUntilReady } = jax;
  const array = (tensor) =>
    np
      .array(tensor.dataSync().slice(), { dtype: tensor.dtype === 'int32' ? np.int32 : np.float32 })
      .reshape(tensor.shape);
  const isClassifier = !model.startsWith('Attention');

  const lossOf = (weights, x, y) => {
    const outputs = network(weights, x);
    return isClassifier
      ? np.sum(nn.logSoftmax(outputs, -1).mul(y)).mul(-1 / y.shape[0])
      : np.mean(np.square(outputs.sub(y)));
  };

  const update = jit((weights, first, second, step, x, y) => {
    const [loss, gradients] = valueAndGrad(lossOf)(tree.ref(weights), x, y);
    const next = step.add(1);
    const unbiased = (beta) => np.subtract(1, np.power(beta, next.ref));
    const [unbiased1, unbiased2] = [unbiased(BETA1), unbiased(BETA2)];
    next.ref.dispose();
    const results = weights.map((w, i) => {
      const m = first[i].mul(BETA1).add(gradients[i].ref.mul(1 - BETA1));
      const v = second[i].mul(BETA2).add(np.square(gradients[i]).mul(1 - BETA2));
      const change = m.ref.div(unbiased1.ref).div(np.sqrt(v.ref.div(unbiased2.ref)).add(EPSILON));
      return [w.sub(change.mul(LEARNING_RATE)), m, v];
    });
    unbiased1.dispose();
    unbiased2.dispose();
    return [...[0, 1, 2].map((part) => results.map((result) => result[part])), next, loss];
  });

  let weights = variables.map(array);
  const zeros = () => variables.map(({ shape }) => np.zeros(shape));
  let [first, second, step, loss] = [zeros(), zeros(), np.array(0), np.array(0)];
  const [x, y] = [array(inputs), array(targets)];
  return {
    step() {
      loss.dispose();
      [weights, first, second, step, loss] = update(weights, first, second, step, x.ref, y.ref);
    },
    finish: () => blockUntilReady([weights, loss]),
    loss: async () => (await loss.ref.data())[0],
    dispose() {
      tree.dispose([weights, first, second, step, loss, x, y]);
      update.dispose();
    },
  };
}
