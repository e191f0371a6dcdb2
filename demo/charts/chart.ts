import { CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { type Colors, currentColors, onColorsChange } from './theme.js';

use([CustomChart, LineChart, ScatterChart, GridComponent, CanvasRenderer]);

/**
 * A chart that keeps to the size of its element and to the colour scheme.
 *
 * @returns a function that draws what it is given, as `describe` says.
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
  // In the next frame: a canvas that changes its size while sizes are observed is an error to browsers.
  new ResizeObserver(() => requestAnimationFrame(() => chart.resize())).observe(element);
  onColorsChange(draw);
  return (shown) => {
    latest = shown;
    draw();
  };
}
