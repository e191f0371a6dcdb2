import { axis, legend, panelTitle } from '../../tools/chart-parts.js';
import { palette } from '../../tools/palette.js';
import { draw } from '../../tools/svg.js';
import { crowdCell, curveOf, findWay, gridCells } from './cells.js';
import { crowdNames, crowdRows, peerCounts, splits, ways } from './settings.js';

const colors = { averaging: palette.blue, 'local SGD': palette.green, DiLoCo: palette.vermilion };
const crowdColors = { local: palette.green, own: palette.vermilion, fresh: palette.pink, one: palette.blue };
const dashes = { 1: 'solid', 10: 'solid', 50: 'dashed', 200: 'dotted' };
const nameOf = ({ name, localSteps }) => (name === 'averaging' ? name : `${name}, ${localSteps}`);

/** Left out, since it sends as often as averaging does. */
const isShown = ({ name, localSteps }) => name === 'averaging' || localSteps > 1;

export function drawCurves(cells, bytesOfRound) {
  const together = splits.flatMap((split) =>
    peerCounts.filter((peers) => peers > 1).map((peers) => ({ split, peers, title: `${peers} peers, ${split} data` })),
  );
  const crowds = crowdRows.filter(({ stale }) => stale === 0);
  const inGrid = together.flatMap(({ split, peers }, panel) =>
    ways
      .filter(isShown)
      .map((way) =>
        line(
          panel,
          nameOf(way),
          colors[way.name],
          dashes[way.localSteps],
          findWay(gridCells(cells, { split, peers }), way),
        ),
      ),
  );
  const inCrowd = crowds.flatMap((row, i) =>
    Object.entries(crowdNames)
      .map(([key, name]) => ({ key, name, cell: crowdCell(cells, key, row) }))
      .filter(({ cell }) => cell)
      .map(({ key, name, cell }) => line(together.length + i, name, crowdColors[key], 'solid', cell)),
  );
  const titles = [
    ...together.map(({ title }) => title),
    ...crowds.map(({ participants }) => `${participants} of 64 peers in a round, unequal data`),
  ];
  const left = (panel) => 70 + 345 * (panel % 3);
  const tops = [125, 420, 775];
  const top = (panel) => tops[Math.floor(panel / 3)];
  const kilobytes = (bytesOfRound / 1000).toFixed(2);
  return draw(1080, 1040, {
    title: [
      {
        text: 'Loss over rounds, in each of which a peer that takes part sends its weights once',
        left: 'center',
        top: 8,
      },
      panelTitle('Colour: how they train together; the number: steps in a round', 540, 36),
      panelTitle('Ten steps in a round, and only some of the peers take part', 540, 693),
      ...titles.map((text, panel) => panelTitle(text, left(panel) + 145, top(panel) - 27)),
    ],
    legend: [
      legend(ways.filter(isShown).map(nameOf), { top: 62, itemGap: 18 }),
      legend(Object.values(crowdNames), { top: 715, itemGap: 25 }),
    ],
    grid: titles.map((_, panel) => ({ left: left(panel), width: 290, top: top(panel), height: 210 })),
    xAxis: titles.map((_, gridIndex) =>
      axis(`rounds, ${kilobytes} KB a peer in each`, {
        gridIndex,
        type: 'log',
        min: 1,
        max: gridIndex < 6 ? 1000 : 100,
      }),
    ),
    yAxis: titles.map((_, gridIndex) =>
      axis(gridIndex % 3 === 0 ? 'nats' : '', {
        gridIndex,
        type: 'log',
        min: 0.4,
        max: 2,
        axisLabel: { color: '#222', customValues: [0.4, 0.6, 0.8, 1, 1.5, 2] },
      }),
    ),
    series: [...inGrid, ...inCrowd],
  });
}

const line = (panel, name, color, type, cell) => ({
  type: 'line',
  xAxisIndex: panel,
  yAxisIndex: panel,
  name,
  color,
  symbol: 'none',
  lineStyle: { type, width: 1.8 },
  data: curveOf(cell),
});
