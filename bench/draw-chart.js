import { draw } from '../tools/svg.js';
import { chartOption } from './chart-option.js';

/** @returns the chart as SVG text. */
export const drawChart = (chart) => draw(720, 440, chartOption(chart));
