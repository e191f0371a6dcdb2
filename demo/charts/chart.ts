import { CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { type Colors, currentColors, onColorsChange } from './theme.js';

use([CustomChart, LineChart, ScatterChart, GridComponent, CanvasRenderer]);

/**
 * Draws what `describe` returns, and again when the element's size or the colour scheme changes.
 *
 * @returns to call when what `describe` draws has changed.
 */
export function createChart(element: HTMLElement, describe: (colors: Colors) => EChartsCoreOption): () => void {
  const chart = init(element);
  const draw = () => chart.setOption({ animation: false, ...describe(currentColors()) });
  new ResizeObserver(() => chart.resize()).observe(element);
  onColorsChange(draw);
  draw();
  return draw;
}
