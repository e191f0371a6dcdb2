/** How long a training is: a number of steps, or a time. */

const mostEvaluations = 12;
/** Of the time; the rest is for steps. */
const shareOfEvaluations = 1 / 3;

/**
 * @param asked.steps of each run, or undefined for as many as take `seconds`, which is for all runs together.
 * @param asked.runs how many there are.
 * @param timed the seconds that `step`, one of each run, and `evaluation`, of one run, take on this machine.
 * @returns the `steps` or the `seconds` of each run, how many `evaluations` of each there are, and `total`, the seconds that
 * all this takes.
 */
export function planTraining({ steps, seconds, runs }, timed) {
  const round = runs * timed.evaluation;
  if (steps !== undefined) {
    const evaluations = Math.min(steps, mostEvaluations);
    return { steps, evaluations, total: steps * timed.step + evaluations * round };
  }
  const fitting = Math.floor((shareOfEvaluations * seconds) / round);
  const evaluations = Math.max(1, Math.min(mostEvaluations, fitting));
  // On a machine on which the only evaluation takes longer than the training may, each run still takes a step.
  const each = Math.max(0.001, (seconds - evaluations * round) / runs);
  return { seconds: each, evaluations, total: Math.max(runs * each, timed.step) + evaluations * round };
}
