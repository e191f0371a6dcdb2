/** Three significant digits, short. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return 'diverged';
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 10_000)) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

export const formatPercent = (share: number): string => `${formatNumber(100 * share)} %`;
