import * as echarts from 'echarts';

/** @returns SVG text with a white background, so that it can be read in a dark page. */
export function draw(width, height, option) {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ animation: false, backgroundColor: '#fff', ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  // For screen readers: the first title is that of the whole picture.
  return toStill(svg).replace('>', `>\n<title>${escapeText([option.title].flat()[0].text)}</title>`);
}

/** Removes what only serves hovering and clicking: half of the text, with names that count the charts drawn so far. */
function toStill(svg) {
  return svg
    .replace(/ (?:ecmeta_\w+|class)="[^"]*"/g, '')
    .replace(/<style[\s\S]*?<\/style>\n?/g, '')
    .replace(/\bzr\d+-/g, 'zr-')
    .replace(/ (?:d|transform)="[^"]*"/g, (attribute) => attribute.replace(/(\.\d)\d+/g, '$1'));
}

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escapeText = (text) => text.replace(/[&<>]/g, (character) => entities[character]);
