import { type ContourMultiPolygon, contours } from 'd3-contour';
import type { CustomSeriesOption } from 'echarts/charts';

export interface Area {
  x: [min: number, max: number];
  y: [min: number, max: number];
}

/** Regions, one for each threshold. */
export type Contours = ContourMultiPolygon[];

export interface ContourStyle {
  fill?: string;
  fillOpacity?: number;
  stroke?: string;
  strokeOpacity?: number;
  lineWidth?: number;
}

const between = ([min, max]: [number, number], share: number) => min + share * (max - min);

/** The points of a square grid, row by row. {@link contoursOf} takes the values of a field at these. */
export function gridPoints({ x, y }: Area, side: number): [number, number][] {
  return Array.from({ length: side * side }, (_, i) => [
    between(x, (i % side) / (side - 1)),
    between(y, Math.floor(i / side) / (side - 1)),
  ]);
}

/** For each threshold, the region where the field is at least as high, in the coordinates of the area. */
export function contoursOf(values: ArrayLike<number>, { x, y }: Area, thresholds: number[]): Contours {
  const side = Math.sqrt(values.length);
  // d3 counts cells. Their centres are the points of the grid.
  const place = ([column, row]: number[]): [number, number] => [
    between(x, ((column as number) - 0.5) / (side - 1)),
    between(y, ((row as number) - 0.5) / (side - 1)),
  ];
  const regions = contours().size([side, side]).thresholds(thresholds)(Array.from(values));
  return regions.map((region) => ({
    ...region,
    coordinates: region.coordinates.map((polygon) => polygon.map((ring) => ring.map(place))),
  }));
}

/** The regions and their borders. Each is painted over those around it, so thinly that these show through. */
export function contourSeries(contours: Contours, style: ContourStyle): CustomSeriesOption {
  return {
    type: 'custom',
    silent: true,
    clip: true,
    data: contours.map(({ value }) => [value]),
    // The extents of the axes are given, and do not depend on the thresholds.
    encode: { x: -1, y: -1 },
    renderItem: ({ dataIndex }, api) => {
      const rings = (contours[dataIndex] as ContourMultiPolygon).coordinates.flat();
      const pathData = rings.map((ring) => `M${ring.map((point) => api.coord(point).join()).join('L')}Z`).join('');
      return {
        type: 'path',
        shape: { pathData },
        style: { fill: 'none', ...style },
      };
    },
  };
}
