/** The runs of one setting, over all seeds, as the pages that sweep settings show them. */
import { meanAndSpread } from '../statistics.js';

/** The losses of all seeds, in their order, with the slow weights if there are any. Null where the run diverged. */
export function groupBySettings(results) {
  const cells = new Map();
  for (const { settings, result } of results) {
    const { optimizer, lr, lookahead } = settings;
    const key = JSON.stringify({ optimizer, lr, ...lookahead });
    if (!cells.has(key)) cells.set(key, { ...JSON.parse(key), training: [], validation: [] });
    for (const part of ['training', 'validation']) {
      cells.get(key)[part].push(result && Number(result.at(-1).slow[part].toFixed(4)));
    }
  }
  return [...cells.values()];
}

export const textOf = (losses) => (losses.includes(null) ? 'diverges' : meanAndSpread(losses));
