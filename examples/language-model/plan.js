/** How long a training is: a number of steps, or as many as fit a time. */

const mostEvaluations = 12;
/** Of the time; the rest is for steps. */
const shareOfEvaluations = 1 / 3;

/**
 * @param asked.steps of each run, or undefined for as many as take `seconds`.
 * @param asked.runs how many there are. All of them do the same.
 * @param timed `step` and `evaluation`: the seconds that one of a run takes on this machine.
 * @returns the steps of each run; after which of them it is evaluated, evenly spaced and the last after the last; the
 * `seconds` that all this takes; and `workAt(step)`, how much of it is done then, in steps.
 */
export function planTraining({ steps: askedSteps, seconds, k, runs }, timed) {
  const fitting = (available, each) => Math.max(1, Math.floor(available / (runs * each)));
  const evaluations =
    askedSteps === undefined
      ? Math.min(mostEvaluations, fitting(shareOfEvaluations * seconds, timed.evaluation))
      : mostEvaluations;
  const steps = askedSteps ?? notAtMerge(fitting(seconds - evaluations * runs * timed.evaluation, timed.step), k);
  const evaluateAt = evenlySpaced(steps, evaluations);
  const workAt = (step) => step + (evaluateAt.filter((place) => place <= step).length * timed.evaluation) / timed.step;
  return { steps, evaluateAt, seconds: runs * workAt(steps) * timed.step, workAt };
}

/** Right after a merge fast and slow weights are the same, and there would be nothing to compare. */
const notAtMerge = (steps, k) => (steps > 1 && steps % k === 0 ? steps - 1 : steps);

function evenlySpaced(steps, count) {
  const places = Math.min(steps, count);
  return Array.from({ length: places }, (_, i) => Math.round(((i + 1) * steps) / places));
}
