import { client } from '@epfml/discojs';
import 'tfjs-lookahead'; // so that a model can be loaded whose optimizer is a Lookahead

/**
 * DISCO's federated client for a model whose optimizer is a Lookahead with `k: Infinity`. It merges before it sends:
 * the merge is linear, so that the mean of all merged weights is the merge of the mean, which is local SGD or, with
 * Nesterov's momentum outside, DiLoCo. What the server keeps, and gives to those who join late, are the slow weights.
 */
export class MergingClient extends client.federated.FederatedClient {
  #model;

  async connect() {
    this.#model = await super.connect();
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
