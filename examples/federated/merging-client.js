import { client } from '@epfml/discojs';
import * as tf from '@tensorflow/tfjs';
import { LookaheadOptimizer } from 'tfjs-lookahead';

// The server sends a model whose optimizer is one. In Node an import registers the class, too, but bundlers drop what is not
// used.
tf.serialization.registerClass(LookaheadOptimizer);

/**
 * DISCO's federated client for a model whose optimizer is a Lookahead with `k: Infinity`. It merges before it sends.
 * The merge is linear, so the mean of all merged weights is the merge of the mean: local SGD or, with Nesterov's
 * momentum outside, DiLoCo. The server keeps the slow weights, and gives them to those who join late.
 */
export class MergingClient extends client.federated.FederatedClient {
  #model;

  /** @throws Error if the optimizer is another, which would merge at other times, or not at all. */
  async connect() {
    this.#model = await super.connect();
    if (this.#model.extract().optimizer.k !== Number.POSITIVE_INFINITY) {
      throw new Error('The optimizer of the model must be a Lookahead with k: Infinity.');
    }
    return this.#model;
  }

  /**
   * @param weights the fast ones after a round, clipped and noisy where the task asks for privacy.
   * @returns the mean of all peers' slow weights.
   */
  async onRoundEndCommunication(weights) {
    const model = this.#model;
    const { optimizer } = model.extract();
    model.weights = weights;
    optimizer.flush();
    const mean = await super.onRoundEndCommunication(model.weights);
    model.weights = mean;
    optimizer.adopt();
    return mean;
  }
}
