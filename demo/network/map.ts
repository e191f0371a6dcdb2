import type { ScatterSeriesOption } from 'echarts/charts';
import { type Area, contourSeries, contoursOf } from '../charts/contours.js';
import { createMap } from '../charts/map-chart.js';

export const area: Area = { x: [-2.2, 2.2], y: [-2.2, 2.2] };
const certainties = [0.5, 0.6, 0.7, 0.8, 0.9];

export interface PointsAndDecision {
  points: number[][];
  /** Probabilities of the second class at the points of the grid. */
  probabilities: Float32Array;
}

/**
 * The points of both classes, and how sure a network is of each class at each place. The border between is its
 * decision.
 */
export function createDecisionMap(element: HTMLElement) {
  return createMap<PointsAndDecision>(element, ({ points, probabilities }, colors) => {
    const scatter = (id: string, parity: number, symbol: string, color: string): ScatterSeriesOption => ({
      id,
      type: 'scatter',
      silent: true,
      symbol,
      symbolSize: 6,
      itemStyle: { color, opacity: 1 },
      data: points.filter((_, i) => i % 2 === parity),
    });
    const sure = (values: Float32Array) => contoursOf(values, area, certainties);
    const complements = probabilities.map((probability) => 1 - probability);
    return {
      area,
      series: [
        { id: 'first class', ...contourSeries(sure(complements), { fill: colors['class-a'], fillOpacity: 0.07 }) },
        { id: 'second class', ...contourSeries(sure(probabilities), { fill: colors['class-b'], fillOpacity: 0.07 }) },
        {
          id: 'border',
          ...contourSeries(contoursOf(probabilities, area, [0.5]), { stroke: colors.ink, lineWidth: 2 }),
        },
        scatter('first points', 0, 'circle', colors['class-a']),
        scatter('second points', 1, 'triangle', colors['class-b']),
      ],
    };
  });
}
