import * as echarts from 'echarts';

/** Told apart by those who see few colours too: Okabe and Ito's. */
export const colors = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'];

/** An axis with its title beside it, that a figure overrides where it likes. */
export const axis = (name, options = {}) => ({
  type: 'value',
  name,
  nameLocation: 'middle',
  nameGap: 34,
  nameTextStyle: { color: '#222', fontSize: 13 },
  axisLabel: { color: '#222', hideOverlap: true },
  ...options,
});

/** The title of one of several panels, centred over it. */
export const panelTitle = (text, left, top) => ({
  text,
  left,
  top,
  textAlign: 'center',
  textStyle: { fontSize: 13, fontWeight: 'normal' },
});

/** Of lines alone, with room for a font that is wider than the one that is measured here. */
export const legend = (data, options = {}) => ({
  data,
  top: 42,
  itemGap: 40,
  itemStyle: { opacity: 0 },
  textStyle: { fontSize: 13 },
  ...options,
});

/** @returns SVG text; white behind it, so that it can be read in a dark page. */
export function draw(width, height, option) {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ animation: false, backgroundColor: '#fff', ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  // For those who hear it: the first of the titles is that of the whole.
  return toStill(svg).replace('>', `>\n<title>${option.title[0].text}</title>`);
}

/** What serves hovering and clicking is half of the text; names count the charts drawn so far, and would differ. */
function toStill(svg) {
  return svg
    .replace(/ (?:ecmeta_\w+|class)="[^"]*"/g, '')
    .replace(/<style[\s\S]*?<\/style>\n?/g, '')
    .replace(/\bzr\d+-/g, 'zr-')
    .replace(/ (?:d|transform)="[^"]*"/g, (attribute) => attribute.replace(/(\.\d)\d+/g, '$1'));
}
