import type { LineSeriesOption } from 'echarts/charts';
import { axisStyle } from './axes.js';
import { createChart } from './chart.js';
import type { Colors } from './theme.js';

export interface Curve {
  id: string;
  color: keyof Colors;
  width: number;
  opacity: number;
  points: [step: number, loss: number][];
}

/** A logarithmic axis can show neither zero nor what has overflowed. */
const SMALLEST = 1e-8;
const LARGEST = 1e8;

const formatPower = (value: number) => (value > 0.0005 && value < 1e6 ? String(value) : value.toExponential(0));

/** Losses over steps, on a logarithmic axis. */
export function createLossChart(element: HTMLElement) {
  return createChart<Curve[]>(element, (curves, colors) => {
    const style = axisStyle(colors);
    return {
      grid: { left: 48, right: 12, top: 24, bottom: 36 },
      xAxis: {
        ...style,
        type: 'value',
        name: 'step',
        nameLocation: 'middle',
        nameGap: 22,
        minInterval: 1,
        max: 'dataMax',
        axisLabel: { ...style.axisLabel, showMaxLabel: false },
        splitLine: { show: false },
      },
      yAxis: {
        ...style,
        type: 'log',
        name: 'loss',
        nameTextStyle: { ...style.nameTextStyle, align: 'right' },
        axisLabel: { ...style.axisLabel, formatter: formatPower },
      },
      series: curves.map(
        ({ id, color, width, opacity, points }): LineSeriesOption => ({
          id,
          type: 'line',
          symbol: 'none',
          silent: true,
          sampling: 'lttb',
          lineStyle: { color: colors[color], width, opacity },
          data: points.map(([step, loss]) => [step, loss < LARGEST ? Math.max(loss, SMALLEST) : '-']),
        }),
      ),
    };
  });
}
