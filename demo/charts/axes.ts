import type { Colors } from './theme.js';

/** The style that all axes have in common. */
export function axisStyle(colors: Colors) {
  return {
    axisLine: { show: true, lineStyle: { color: colors['ink-soft'] } },
    axisLabel: { color: colors['ink-soft'], fontSize: 12, hideOverlap: true },
    axisTick: { lineStyle: { color: colors['ink-soft'] } },
    nameTextStyle: { color: colors['ink-soft'], fontSize: 12 },
    splitLine: { lineStyle: { color: colors.line } },
  };
}
