import type { LineSeriesOption, ScatterSeriesOption } from 'echarts/charts';
import { type Contours, contourSeries } from '../charts/contours.js';
import { createMap } from '../charts/map-chart.js';
import type { Place, TracedStep } from './descent.js';
import { isExplaining } from './pace.js';
import type { Surface } from './surfaces.js';

export interface SurfaceAndPaths {
  surface: Surface;
  contours: Contours;
  trace: TracedStep[];
}

/** The path of the fast weights: to where they got, and at a merge back to where they continue. */
const fastPlaces = (trace: TracedStep[]) => trace.flatMap(({ fast, slow, merged }) => (merged ? [fast, slow] : [fast]));
const slowPlaces = (trace: TracedStep[]) => trace.filter(({ merged }, i) => merged || i === 0).map(({ slow }) => slow);

/** The words beside the fast and the slow weights, while one gets to know what they do. */
function wordsFor(trace: TracedStep[]): { fast: string; slow: string } {
  if (!isExplaining(trace) || trace.length === 1) return { fast: '', slow: '' };
  const { merged } = trace.at(-1) as TracedStep;
  const steps = trace.length - 1 - trace.slice(0, -1).findLastIndex((step, i) => step.merged || i === 0);
  return { fast: steps === 1 ? '1 step' : `${steps} steps`, slow: merged ? 'merge' : '' };
}

/** The surface with the paths over it. The ends of the paths show where the weights are now. */
export function createSurfaceMap(element: HTMLElement) {
  return createMap<SurfaceAndPaths>(element, ({ surface, contours, trace }, colors) => {
    const { area, minimum } = surface;
    // A canvas cannot draw what has overflowed.
    const reach = 100 * (area.x[1] - area.x[0]);
    const path = (id: string, places: Place[], color: string, style: LineSeriesOption): LineSeriesOption => ({
      id,
      type: 'line',
      silent: true,
      symbol: 'none',
      itemStyle: { color },
      data: places.map(({ point }) => (Math.hypot(...point) < reach ? point : ['-', '-'])),
      ...style,
    });
    const mark = (
      id: string,
      symbol: string,
      color: string,
      point: [number, number],
      words = '',
      position: 'right' | 'bottom' = 'right',
    ): ScatterSeriesOption => ({
      id,
      type: 'scatter',
      silent: true,
      clip: true,
      symbol,
      symbolSize: 12,
      itemStyle: { color, borderColor: colors.surface, borderWidth: 2, opacity: 1 },
      label: {
        show: words !== '',
        formatter: words,
        position,
        distance: 8,
        color,
        fontSize: 16,
        fontWeight: 'bold',
        textBorderColor: colors.surface,
        textBorderWidth: 4,
      },
      data: [point],
    });
    const heights = { fill: colors.height, fillOpacity: 0.02, stroke: colors.height, strokeOpacity: 0.45 };
    const plainPlaces = trace.map(({ plain }) => plain);
    const now = trace.at(-1) as TracedStep;
    const words = wordsFor(trace);
    return {
      area,
      series: [
        { id: 'contours', ...contourSeries(contours, heights) },
        path('plain', plainPlaces, colors.plain, { lineStyle: { width: 1.5 } }),
        path('fast', fastPlaces(trace), colors.fast, { lineStyle: { width: 1.5 } }),
        path('slow', slowPlaces(trace), colors.slow, { lineStyle: { width: 3 }, symbol: 'circle', symbolSize: 6 }),
        mark('minimum', 'diamond', colors.ink, minimum),
        mark('plain now', 'rect', colors.plain, now.plain.point),
        mark('fast now', 'triangle', colors.fast, now.fast.point, words.fast),
        mark('slow now', 'circle', colors.slow, now.slow.point, words.slow, 'bottom'),
      ],
    };
  });
}
