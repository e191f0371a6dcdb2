const themes = {
  light: { text: '#222', faint: '#ddd', background: '#fff' },
  dark: { text: '#ddd', faint: '#444', background: '#181818' },
};

const plain = (x) => x.toLocaleString('en', { maximumSignificantDigits: 3 });

/** Sizes are powers of two: 64K, 16M. */
const binary = (x) => {
  if (x >= 2 ** 20) return `${plain(x / 2 ** 20)}M`;
  return x >= 2 ** 10 ? `${plain(x / 2 ** 10)}K` : plain(x);
};

/**
 * The option of echarts for a chart: lines on logarithmic axes, limits dashed.
 *
 * @param chart from a report: `{ title, x, y, lines: [{ name, color, isLimit, points }] }`.
 */
export function chartOption({ title, x, y, lines }, theme = 'light') {
  const { text, faint, background } = themes[theme];
  const axis = (name, nameGap) => ({
    type: 'log',
    name,
    nameLocation: 'middle',
    nameGap,
    nameTextStyle: { color: text },
    axisLabel: { color: text, formatter: plain, hideOverlap: true },
    axisLine: { show: true, lineStyle: { color: text } },
    splitLine: { lineStyle: { color: faint } },
  });
  const horizontal = axis(x, 28);
  if (x === 'elements') {
    horizontal.logBase = 4;
    horizontal.axisLabel.formatter = binary;
  }
  return {
    animation: false,
    backgroundColor: background,
    textStyle: { color: text },
    title: { text: title, left: 'center', top: 8, textStyle: { color: text, fontSize: 15 } },
    legend: { bottom: 4, textStyle: { color: text }, itemWidth: 36, itemGap: 28 },
    grid: { left: 66, right: 24, top: 46, bottom: 96 },
    tooltip: { trigger: 'axis', valueFormatter: (value) => value.toPrecision(3) },
    xAxis: { ...horizontal, min: 'dataMin', max: 'dataMax' },
    yAxis: axis(y, 46),
    series: lines.map(({ name, color, isLimit, points }) => ({
      type: 'line',
      name,
      data: points,
      symbol: isLimit ? 'none' : 'circle',
      symbolSize: 6,
      color,
      lineStyle: { width: 2, type: isLimit ? 'dashed' : 'solid' },
    })),
  };
}
