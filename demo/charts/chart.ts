import { CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { type Colors, currentColors, onColorsChange } from './theme.js';

use([CustomChart, LineChart, ScatterChart, GridComponent, CanvasRenderer]);

/**
 * A chart that follows the size of its element and the colour scheme.
 *
 * @returns a function that draws what it is given, in the way that `describe` says.
 */
export function createChart<T>(
  element: HTMLElement,
  describe: (shown: T, colors: Colors) => EChartsCoreOption,
): (shown: T) => void {
  const chart = init(element);
  let latest: T | undefined;
  const draw = () => {
    if (latest !== undefined) chart.setOption({ animation: false, ...describe(latest, currentColors()) });
  };
  // In the next frame, because browsers report an error if a canvas changes its size while sizes are observed.
  new ResizeObserver(() => requestAnimationFrame(() => chart.resize())).observe(element);
  onColorsChange(draw);
  return (shown) => {
    latest = shown;
    draw();
  };
}
