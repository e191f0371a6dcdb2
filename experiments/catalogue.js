/**
 * Every experiment by its name, which is that of its page too. An experiment is a module with
 *
 *     backend               the TensorFlow.js backend it computes on
 *     runs                  the settings of its runs, of which each is worth remembering and independent of the others
 *     run(settings, tell)   computes one of them, calling `tell` with the share that is done, where it takes long
 *     present(results)      the files to write, by name, and the tables to put into the page, by name
 */
export const catalogue = {
  'noisy-quadratic': () => import('./noisy-quadratic/experiment.js'),
  quadratic: () => import('./quadratic/experiment.js'),
  'bilinear-game': () => import('./bilinear-game/experiment.js'),
  'language-model': () => import('./language-model/experiment.js'),
  robustness: () => import('./robustness/experiment.js'),
};
