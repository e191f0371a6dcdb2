import type { ScatterSeriesOption } from 'echarts/charts';
import { type Area, type Contours, contourSeries, contoursOf } from '../charts/contours.js';
import { createMap } from '../charts/map-chart.js';
import type { Evaluation } from './comparison.js';

export const area: Area = { x: [-2.2, 2.2], y: [-2.2, 2.2] };

export interface PointsAndDecisions {
  points: number[][];
  now: Evaluation;
  recent: Evaluation[];
}

const borders = new WeakMap<Float32Array, Contours>();

/** Where a network finds both classes equally likely. It is drawn often, so it is computed once. */
function borderOf(margins: Float32Array): Contours {
  const border = borders.get(margins) ?? contoursOf(margins, area, [0]);
  borders.set(margins, border);
  return border;
}

/**
 * The points of both classes, and the borders that both networks draw between them: strong now, faint a short while
 * ago. The wider a bundle of borders, the less steady a network is.
 */
export function createDecisionMap(element: HTMLElement) {
  return createMap<PointsAndDecisions>(element, ({ points, now, recent }, colors) => {
    const scatter = (id: string, parity: number, symbol: string, color: string): ScatterSeriesOption => ({
      id,
      type: 'scatter',
      silent: true,
      symbol,
      symbolSize: 6,
      itemStyle: { color, opacity: 1 },
      data: points.filter((_, i) => i % 2 === parity),
    });
    const bordersOf = (kind: 'plain' | 'slow') => [
      {
        id: `${kind}, recent`,
        ...contourSeries(
          recent.flatMap(({ margins }) => borderOf(margins[kind])),
          { stroke: colors[kind], strokeOpacity: 0.35, lineWidth: 1 },
        ),
      },
      {
        id: `${kind}, now`,
        ...contourSeries(borderOf(now.margins[kind]), { stroke: colors[kind], lineWidth: 3 }),
      },
    ];
    return {
      area,
      series: [
        scatter('first points', 0, 'circle', colors['class-a']),
        scatter('second points', 1, 'triangle', colors['class-b']),
        ...bordersOf('plain'),
        ...bordersOf('slow'),
      ],
    };
  });
}
