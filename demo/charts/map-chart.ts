import type { CustomSeriesOption, LineSeriesOption, ScatterSeriesOption } from 'echarts/charts';
import { axisStyle } from './axes.js';
import { createChart } from './chart.js';
import type { Area } from './contours.js';
import type { Colors } from './theme.js';

export interface MapOption {
  area: Area;
  series: (CustomSeriesOption | LineSeriesOption | ScatterSeriesOption)[];
}

/** A map of an area of the plane: contours, paths, points. */
export function createMap<T>(element: HTMLElement, describe: (shown: T, colors: Colors) => MapOption) {
  return createChart<T>(element, (shown, colors) => {
    const { area, series } = describe(shown, colors);
    const { axisLine, axisLabel, ...style } = axisStyle(colors);
    const axis = ([min, max]: [number, number]) => ({
      ...style,
      type: 'value',
      min,
      max,
      axisLine: { ...axisLine, onZero: false },
      // The labels of both axes would overlap at the corners.
      axisLabel: { ...axisLabel, showMinLabel: false, showMaxLabel: false },
      splitLine: { show: false },
    });
    return {
      grid: { left: 24, right: 8, top: 8, bottom: 24, show: true, borderColor: colors.line },
      xAxis: axis(area.x),
      yAxis: axis(area.y),
      series,
    };
  });
}
