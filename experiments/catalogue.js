/**
 * Every experiment by its name, which is also that of its page. An experiment is a module with
 *
 *     backend               the TensorFlow.js backend it computes on
 *     runs                  the settings of its runs, each independent of the others and worth keeping
 *     run(settings, tell)   computes one of them; a long one calls `tell` with the share that is done
 *     present(results)      the files to write, by name, and the tables to put into the page, by name
 */
export const catalogue = {
  'noisy-quadratic': () => import('./noisy-quadratic/experiment.js'),
  quadratic: () => import('./quadratic/experiment.js'),
  'bilinear-game': () => import('./bilinear-game/experiment.js'),
  'language-model': () => import('./language-model/experiment.js'),
  robustness: () => import('./robustness/experiment.js'),
  'many-machines': () => import('./many-machines/experiment.js'),
};
