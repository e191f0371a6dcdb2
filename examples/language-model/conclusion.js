/**
 * Two losses that differ by less count as equal, in nats per character: twice the standard deviation of the difference
 * between two runs of one seed. That is 0.03: in docs/experiments/language-model.md the standard error over three seeds is
 * 0.017, at the end of training.
 */
export const noDifference = 0.06;

/**
 * What came out, in one sentence.
 *
 * @param pairs for each learning rate, in ascending order, the validation losses in nats per character of Adam alone and
 * in Lookahead: `{ lr, adam, lookahead }`, null for a run that diverged.
 */
export function conclude(pairs) {
  const outcomes = pairs.map((pair, i) => `${i === 0 ? 'At the learning rate' : 'at'} ${pair.lr} ${outcomeOf(pair)}`);
  return `${[...outcomes, ...priceOfTheRate(pairs)].join('; ')}.`;
}

function outcomeOf({ adam, lookahead }) {
  if (adam === null && lookahead === null) return 'Adam diverges, alone and in Lookahead';
  if (adam === null) return `Adam diverges, and Lookahead does not (${figure(lookahead)})`;
  if (lookahead === null) return `Lookahead diverges, and Adam alone does not (${figure(adam)})`;
  const lead = adam - lookahead;
  if (isNone(lead)) return `Adam and Lookahead are level (${figure(adam)} and ${figure(lookahead)})`;
  const losses = `${figure(lookahead)} against ${figure(adam)}`;
  return `Lookahead is ${lead > 0 ? 'ahead' : 'behind'} by ${figure(Math.abs(lead))} (${losses})`;
}

/** What each loses or gains from the lowest of the rates to the highest. */
function priceOfTheRate(pairs) {
  const [low, high] = [pairs[0], pairs.at(-1)];
  if ([low, high].some(({ adam, lookahead }) => adam === null || lookahead === null)) return [];
  const changeOf = (name) => high[name] - low[name];
  const verbOf = (change) => (change < 0 && !isNone(change) ? 'gains' : 'costs');
  const amountOf = (change) => (isNone(change) ? 'nothing' : figure(Math.abs(change)));
  const [adam, lookahead] = [changeOf('adam'), changeOf('lookahead')];
  const again = verbOf(adam) === verbOf(lookahead) ? '' : `${verbOf(lookahead)} `;
  return [`the higher rate ${verbOf(adam)} Adam ${amountOf(adam)} and ${again}Lookahead ${amountOf(lookahead)}`];
}

const isNone = (difference) => Math.abs(difference) < noDifference;
const figure = (loss) => loss.toFixed(3);
