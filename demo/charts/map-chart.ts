import type { CustomSeriesOption, LineSeriesOption, ScatterSeriesOption } from 'echarts/charts';
import type { EChartsCoreOption } from 'echarts/core';
import { axisStyle } from './axes.js';
import { createChart } from './chart.js';
import type { Area } from './contours.js';
import type { Colors } from './theme.js';

export type MapSeries = CustomSeriesOption | LineSeriesOption | ScatterSeriesOption;

/** A map of an area of the plane, as high as wide: contours, paths, points. */
export function createMap(element: HTMLElement, describe: (colors: Colors) => { area: Area; series: MapSeries[] }) {
  return createChart(element, (colors): EChartsCoreOption => {
    const { area, series } = describe(colors);
    const axis = (name: 'x' | 'y') => ({
      ...axisStyle(colors),
      type: 'value',
      min: area[name][0],
      max: area[name][1],
      splitLine: { show: false },
    });
    return {
      grid: { left: 24, right: 6, top: 6, bottom: 24, show: true, borderColor: colors['ink-soft'] },
      xAxis: axis('x'),
      yAxis: axis('y'),
      series,
    };
  });
}
