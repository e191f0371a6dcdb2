export const batchSize = 32;

/**
 * The methods to compare. All train for the same number of steps, on the same rows in the same order.
 *
 * @returns for each method how often its clients meet and, if they do, how the slow weights step.
 */
export function methodsOf({ steps, localSteps }) {
  const every = (stepsPerRound) => ({ stepsPerRound, rounds: steps / stepsPerRound });
  return [
    { id: 'alone', name: 'alone', ...every(localSteps) },
    { id: 'synchronous', name: 'averaging every step', slowStep: 'average', ...every(1) },
    { id: 'local-sgd', name: 'local SGD', slowStep: 'average', ...every(localSteps) },
    { id: 'diloco', name: 'DiLoCo', slowStep: 'nesterov', ...every(localSteps) },
  ];
}
