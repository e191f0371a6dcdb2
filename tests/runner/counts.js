export const sum = (items, key) => items.reduce((total, item) => total + item[key], 0);

/** Each fault of the host itself counts as a failure, too. */
export const countsOf = ({ suites, faults }) => ({
  passed: sum(suites, 'passed'),
  failed: sum(suites, 'failed') + faults.length,
  skipped: sum(suites, 'skipped'),
});

export const testsIn = ({ passed, failed, skipped }) => passed + failed + skipped;

export const formatCounts = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
