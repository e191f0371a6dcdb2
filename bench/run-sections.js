/**
 * @param sections by name, each with `plan(settings)` and optionally `derive(measured)`, which adds what follows from
 * it.
 */
export function makePlans(sections, settings) {
  const plans = Object.entries(sections).map(([name, section]) => ({ name, section, ...section.plan(settings) }));
  const steps = plans.flatMap(({ tasks }) => Object.values(tasks)).reduce((sum, { length }) => sum + length, 0);
  return { plans, steps };
}

/** @returns the rows of every section, under its name. `onStep` may be asynchronous. */
export async function runPlans(plans, onStep) {
  const results = {};
  for (const { name, section, tasks, about, dispose } of plans) {
    const measured = {};
    try {
      for (const [key, measurements] of Object.entries(tasks)) {
        measured[key] = [];
        for (const measure of measurements) {
          measured[key].push(await measure());
          await onStep(name);
        }
      }
    } finally {
      dispose?.();
    }
    results[name] = { ...about, ...measured, ...section.derive?.(measured) };
  }
  return results;
}
