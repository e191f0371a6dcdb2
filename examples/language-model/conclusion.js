/** The outcome of `npm start` in two sentences, whatever it was. */

/**
 * Two losses that differ by less count as equal, in nats per character: twice the standard deviation of the difference
 * between two runs of one seed. That is 0.03: in docs/experiments/language-model.md the standard error over three seeds is
 * 0.017, at the end of training.
 */
export const noDifference = 0.06;

const figure = (loss) => loss.toFixed(3);

/**
 * The gain from the kernels and the fused step, in words.
 *
 * @param plain, faster for each the `steps` taken, the milliseconds of one, and the `loss` of held-out text, null if it
 * diverged.
 * @param differsAt the first step whose loss has other bits, or null.
 */
export function concludeSpeed({ plain, faster, differsAt }) {
  const ratio = plain.stepMilliseconds / faster.stepMilliseconds;
  const times = `${faster.stepMilliseconds.toFixed(1)} ms instead of ${plain.stepMilliseconds.toFixed(1)}`;
  const speed =
    ratio > 1.05
      ? `With the kernels and the fused step Adam is ${ratio.toFixed(1)} times as fast (a step takes ${times})`
      : `The kernels and the fused step have not made Adam faster here: a step takes ${times}`;
  const bits =
    differsAt === null
      ? `with the same bits in the losses of the ${Math.min(plain.steps, faster.steps)} steps that both have taken`
      : `but from step ${differsAt} on its losses have other bits, which is a fault: please report it`;
  return `${speed}, ${bits}; ${lossesOf(plain, faster)}.`;
}

function lossesOf(plain, faster) {
  if (plain.loss === null || faster.loss === null) {
    if (plain.loss === faster.loss) return 'both diverge at this learning rate';
    return `${plain.loss === null ? 'without' : 'with'} them it diverges`;
  }
  const after = plain.steps === faster.steps ? 'after as many steps' : 'after as much time';
  const lead = plain.loss - faster.loss;
  const pair = `${figure(faster.loss)} against ${figure(plain.loss)}`;
  if (Math.abs(lead) < noDifference) return `${after} both are level (${pair})`;
  return `${after} its loss is ${figure(Math.abs(lead))} ${lead > 0 ? 'lower' : 'higher'} (${pair})`;
}

/**
 * The gain from Lookahead beyond that, in words.
 *
 * @param adam, lookahead the loss of held-out text, null for one that diverged.
 */
export function concludeLookahead({ adam, lookahead }) {
  const who = 'Lookahead, at twice the learning rate and as fast,';
  if (adam === null && lookahead === null) return `${who} diverges as well.`;
  if (adam === null) return `${who} does not diverge (${figure(lookahead)}).`;
  if (lookahead === null) return `${who} diverges, and Adam alone does not (${figure(adam)}).`;
  const lead = adam - lookahead;
  const pair = `${figure(lookahead)} against ${figure(adam)}`;
  if (Math.abs(lead) < noDifference) return `${who} is level with that (${pair}).`;
  return `${who} is ${lead > 0 ? 'ahead by another' : 'behind by'} ${figure(Math.abs(lead))} (${pair}).`;
}
