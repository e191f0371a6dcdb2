import { setImmediate } from 'node:timers/promises';
import { nextLogits } from './model.js';

/** Continues the classes in `prompt` by `length` classes, each drawn from what the model predicts. */
export async function sample({ model, prompt, length, temperature, random, signal }) {
  const sequence = [...prompt];
  while (sequence.length < prompt.length + length) {
    // No longer than the sequences that it was trained on.
    const logits = nextLogits(model, sequence.slice(-prompt.length));
    sequence.push(draw(logits, temperature, random));
    await setImmediate(undefined, { signal });
  }
  return sequence.slice(prompt.length);
}

/** The greatest of the logits with Gumbel noise is a draw from their softmax. */
function draw(logits, temperature, random) {
  const noisy = Array.from(logits, (logit) => logit / temperature - Math.log(-Math.log(random())));
  return noisy.indexOf(Math.max(...noisy));
}
