/**
 * Every experiment by its name, which is also that of its page. An experiment is a module with
 *
 *     backend               the TensorFlow.js backend it computes on
 *     runs                  the settings of its runs, each independent of the others and worth keeping
 *     run(settings, tell)   computes one of them; a long one calls `tell` with the share that is done
 *     record(results)       what to keep of the results: the JSON files to write, by name
 *     present(read)         the pictures to write and the tables to put into the page, by name; `read` parses a JSON file
 */
export const catalogue = {
  'noisy-quadratic': () => import('./noisy-quadratic/experiment.js'),
  quadratic: () => import('./quadratic/experiment.js'),
  'bilinear-game': () => import('./bilinear-game/experiment.js'),
  'outer-quadratic': () => import('./outer-quadratic/experiment.js'),
  'language-model': () => import('./language-model/experiment.js'),
  'full-length': () => import('./full-length/experiment.js'),
  'outer-language-model': () => import('./outer-language-model/experiment.js'),
  digits: () => import('./digits/experiment.js'),
  robustness: () => import('./robustness/experiment.js'),
  optimizers: () => import('./optimizers/experiment.js'),
  'many-machines': () => import('./many-machines/experiment.js'),
};
