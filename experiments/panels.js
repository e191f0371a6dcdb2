import { panelTitle, axis as plainAxis, legend as plainLegend } from '../tools/chart-parts.js';

/** In pixels: a page may show a picture at half its size, and it must still be read there. */
const textSizes = { title: 25, panel: 20, name: 19, label: 18 };
const lineHeight = 26;

export const axis = (name, { axisLabel, ...options } = {}) =>
  plainAxis(name, {
    nameTextStyle: { color: '#222', fontSize: textSizes.name },
    axisLabel: { color: '#222', fontSize: textSizes.label, hideOverlap: true, ...axisLabel },
    nameGap: 38,
    ...options,
  });

export const legend = (data, options) =>
  plainLegend(data, { top: 50, itemGap: 50, textStyle: { fontSize: textSizes.label }, ...options });

/** Text within a panel. */
export const labelStyle = { color: '#222', fontSize: textSizes.label };

/** The title of the picture. */
export const heading = (text) => ({ text, left: 'center', top: 10, textStyle: { fontSize: textSizes.title } });

/** The title of a panel, above it; `\n` breaks the line. */
export function titleOver({ left, width, top }, text) {
  const lines = text.split('\n').length;
  const title = panelTitle(text, left + width / 2, top - lines * lineHeight - 12);
  return { ...title, textStyle: { ...title.textStyle, fontSize: textSizes.panel, lineHeight } };
}

/**
 * Panels of equal size, row by row.
 *
 * @param top of the first row.
 * @param below from the lower edge of a row to the upper edge of the next: room for the name of the axis and for a title.
 */
export function panelGrid(
  count,
  { columns = 2, left = 115, width = 390, between = 140, top = 130, height = 300, below = 130 },
) {
  return Array.from({ length: count }, (_, i) => ({
    left: left + (i % columns) * (width + between),
    width,
    top: top + Math.floor(i / columns) * (height + below),
    height,
  }));
}

/** Which panel a series is in. */
export const inPanel = (panel) => ({ xAxisIndex: panel, yAxisIndex: panel });

/** Several rows of names: `top` is that of the first. */
export const legendRows = (rows, top, height = 30) => rows.map((names, i) => legend(names, { top: top + height * i }));

/** A series drawn as a line. */
export const line = (panel, { name, color, dash, width = 2, opacity }, data) => ({
  ...inPanel(panel),
  type: 'line',
  name,
  symbol: 'none',
  color,
  lineStyle: { type: dash, width, opacity },
  data,
});

/** A series drawn as marks. */
export const marks = (panel, { color, symbol = 'circle', symbolSize = 10 }, data) => ({
  ...inPanel(panel),
  type: 'scatter',
  symbol,
  symbolSize,
  itemStyle: { color, opacity: 1 },
  data,
});

/** Theory as a line, measurements as marks. */
export const theoryAndMarks = (panel, style, computed, measured) => [
  line(panel, style, computed),
  marks(panel, style, measured),
];

/** A colour key beside the panels. */
export const colourKey = (options) => ({
  type: 'continuous',
  precision: 1,
  itemWidth: 24,
  textStyle: labelStyle,
  textGap: 14,
  ...options,
});
