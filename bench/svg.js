import * as echarts from 'echarts';
import { chartOption } from './chart-option.js';

/** @returns the chart as the text of an SVG file. */
export function drawSvg(chart) {
  const drawn = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 720, height: 440 });
  drawn.setOption(chartOption(chart));
  const svg = drawn.renderToSVGString();
  drawn.dispose();
  return svg;
}
