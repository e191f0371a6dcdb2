/** Three significant digits, or two of what is tiny or huge. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return 'diverged';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-5 || size >= 1e6)) return value.toExponential(1);
  return String(Number(value.toPrecision(size < 0.001 ? 2 : 3)));
}

/** @param value in microseconds. */
export const formatDuration = (value: number): string =>
  value < 1000 ? `${formatNumber(value)} µs` : `${formatNumber(value / 1000)} ms`;

export const formatPercent = (share: number): string => `${formatNumber(100 * share)} %`;
