import type { LineSeriesOption } from 'echarts/charts';
import type { EChartsCoreOption } from 'echarts/core';
import { formatNumber } from '../page/format.js';
import { axisStyle } from './axes.js';
import { createChart } from './chart.js';
import type { Colors } from './theme.js';

export interface Curve {
  id: string;
  color: string;
  width: number;
  opacity?: number;
  points: [step: number, loss: number][];
}

/** A logarithmic axis has no place for zero, nor for what has overflowed. */
const SMALLEST = 1e-8;
const LARGEST = 1e8;

/** Losses over steps. */
export function createLossChart(element: HTMLElement, describe: (colors: Colors) => Curve[]) {
  return createChart(
    element,
    (colors): EChartsCoreOption => ({
      grid: { left: 48, right: 12, top: 24, bottom: 36 },
      xAxis: {
        ...axisStyle(colors),
        type: 'value',
        name: 'step',
        nameLocation: 'middle',
        nameGap: 22,
        minInterval: 1,
        splitLine: { show: false },
      },
      yAxis: {
        ...axisStyle(colors),
        type: 'log',
        name: 'loss',
        nameTextStyle: { ...axisStyle(colors).nameTextStyle, align: 'right' },
        axisLabel: { ...axisStyle(colors).axisLabel, formatter: formatNumber },
      },
      series: describe(colors).map(
        ({ id, color, width, opacity = 1, points }): LineSeriesOption => ({
          id,
          type: 'line',
          symbol: 'none',
          silent: true,
          sampling: 'lttb',
          lineStyle: { color, width, opacity },
          data: points.map(([step, loss]) => [step, loss < LARGEST ? Math.max(loss, SMALLEST) : '-']),
        }),
      ),
    }),
  );
}
