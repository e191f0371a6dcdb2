/**
 * @param sections by name, each with `plan(settings)` and optionally `derive(measured)`, which adds what follows from
 * it.
 */
export function makePlans(sections, settings) {
  const plans = Object.entries(sections).map(([name, section]) => ({ name, section, ...section.plan(settings) }));
  const steps = plans.flatMap(({ tasks }) => Object.values(tasks)).reduce((sum, { length }) => sum + length, 0);
  return { plans, steps };
}

/**
 * @param onStep is called after each measurement with the name of its section. It may be asynchronous.
 * @param seconds for all: a section may take half of those that are left when it begins, the last one all. It leaves
 * out what it has no time for. The slower backends and the larger models come last, so a measurement is left out if
 * less time is left than the one before it took.
 * @param now a clock, in milliseconds.
 * @returns the rows of every section, under its name, and where rows are left out how many.
 */
export async function runPlans(
  plans,
  onStep,
  { seconds = Number.POSITIVE_INFINITY, now = () => performance.now() } = {},
) {
  const results = {};
  const end = now() + 1000 * seconds;
  for (const { name, section, tasks, about, dispose } of plans) {
    const measured = {};
    const sectionEnd = name === plans.at(-1).name ? end : (now() + end) / 2;
    let [lastTook, leftOut] = [0, 0];
    try {
      for (const [key, measurements] of Object.entries(tasks)) {
        measured[key] = [];
        for (const measure of measurements) {
          const start = now();
          if (start + lastTook > sectionEnd) ++leftOut;
          else {
            measured[key].push(await measure());
            lastTook = now() - start;
          }
          await onStep(name);
        }
      }
    } finally {
      dispose?.();
    }
    results[name] = { ...about, ...measured, ...section.derive?.(measured), ...(leftOut > 0 && { leftOut }) };
  }
  return results;
}
