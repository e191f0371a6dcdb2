import { addLanes, allFinite, bytes, ceilDiv, intoPanels, storeLanes, wholeVectors } from '../shared/images';

/**
 * The gradient of the filter of a depthwise convolution, all NHWC, in one sum for each image, each from 0. Channel o of
 * dy belongs to channel i = floor(o / multiplier) of x:
 *
 *     dw[r, c, o] = sum over b, oh, ow of
 *         x[b, oh * strideHeight + r * dilationHeight - top, (the same of the width), i] * dy[b, oh, ow, o]
 *
 * @param x [batch, height, width, inChannels]
 * @param dy [batch, outHeight, outWidth, inChannels * multiplier]
 * @param dw [filterHeight, filterWidth, inChannels, multiplier], overwritten
 * @param scratch room for an image of x as far as the windows reach, then for one of dy, both with the channels of dy,
 * rounded up to whole vectors
 */
export function depthwiseFilterGradient(
  x: usize, dy: usize, dw: usize, scratch: usize,
  batch: i32, height: i32, width: i32, inChannels: i32, outHeight: i32, outWidth: i32, channels: i32,
  filterHeight: i32, filterWidth: i32, strideHeight: i32, strideWidth: i32, top: i32, left: i32,
  multiplier: i32, dilationHeight: i32, dilationWidth: i32,
): void {
  const reachHeight = max(0, (outHeight - 1) * strideHeight + (filterHeight - 1) * dilationHeight + 1);
  const reachWidth = max(0, (outWidth - 1) * strideWidth + (filterWidth - 1) * dilationWidth + 1);
  const reachRow = <usize>reachWidth << 4;
  const panel = <usize>reachHeight * reachRow;
  const dyRow = <usize>outWidth << 4;
  const dyPanel = <usize>outHeight * dyRow;
  const image = bytes(reachHeight * reachWidth * wholeVectors(channels));
  const dyImage = scratch + image;
  const taps = filterHeight * filterWidth;
  const row = <usize>strideHeight * reachRow;
  const column = <usize>strideWidth << 4;

  const firstRow = max(0, -top);
  const firstColumn = max(0, -left);
  const rows = min(height, reachHeight - top) - firstRow;
  const columns = min(width, reachWidth - left) - firstColumn;
  const padded = rows < reachHeight || columns < reachWidth;
  memory.fill(scratch, 0, image);

  for (let exact = 0; exact < 2; ++exact) {
    memory.fill(dw, 0, bytes(taps * channels));
    for (let b = 0; b < batch; ++b) {
      intoPanels(
        x + bytes(((b * height + firstRow) * width + firstColumn) * inChannels),
        bytes(width * inChannels), bytes(inChannels), 4,
        scratch + <usize>(firstRow + top) * reachRow + (<usize>(firstColumn + left) << 4), reachRow, panel,
        rows, columns, channels, multiplier, 4,
      );
      intoPanels(
        dy + bytes(b * outHeight * outWidth * channels), bytes(outWidth * channels), bytes(channels), 4,
        dyImage, dyRow, dyPanel,
        outHeight, outWidth, channels, 1, 4,
      );
      for (let first = 0; first < channels; first += 4) {
        const xs = scratch + <usize>(first >> 2) * panel;
        const dys = dyImage + <usize>(first >> 2) * dyPanel;
        const lanes = channels - first;
        let tap = 0;
        for (; !exact && tap + 4 <= taps; tap += 4) {
          addFourTaps(
            tapAddress(xs, tap, filterWidth, dilationHeight, dilationWidth, reachRow),
            tapAddress(xs, tap + 1, filterWidth, dilationHeight, dilationWidth, reachRow),
            tapAddress(xs, tap + 2, filterWidth, dilationHeight, dilationWidth, reachRow),
            tapAddress(xs, tap + 3, filterWidth, dilationHeight, dilationWidth, reachRow),
            row, column, dys, outHeight, outWidth,
            dw + bytes(tap * channels + first), bytes(channels), lanes,
          );
        }
        for (; tap < taps; ++tap) {
          const r = tap / filterWidth * dilationHeight;
          const c = tap % filterWidth * dilationWidth;
          const row0 = exact ? max(0, ceilDiv(top - r, strideHeight)) : 0;
          const row1 = exact ? min(outHeight, ceilDiv(height + top - r, strideHeight)) : outHeight;
          const column0 = exact ? max(0, ceilDiv(left - c, strideWidth)) : 0;
          const column1 = exact ? min(outWidth, ceilDiv(width + left - c, strideWidth)) : outWidth;
          addTap(
            xs + <usize>row0 * row + <usize>column0 * column + <usize>r * reachRow + (<usize>c << 4), row, column,
            dys + <usize>row0 * dyRow + (<usize>column0 << 4), dyRow,
            row1 - row0, column1 - column0,
            dw + bytes(tap * channels + first), lanes,
          );
        }
      }
    }
    if (!padded || allFinite(dw, taps * channels)) return;
  }
}

// @ts-ignore: decorator
@inline
function tapAddress(xs: usize, tap: i32, filterWidth: i32, dilationHeight: i32, dilationWidth: i32, row: usize): usize {
  return xs + <usize>(tap / filterWidth * dilationHeight) * row + (<usize>(tap % filterWidth * dilationWidth) << 4);
}

function addFourTaps(
  x0: usize, x1: usize, x2: usize, x3: usize, row: usize, column: usize,
  dy: usize, rows: i32, columns: i32, dw: usize, next: usize, lanes: i32,
): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let start: usize = 0;
  for (; rows > 0; --rows) {
    let i = start;
    for (let c = columns; c > 0; --c) {
      const d = v128.load(dy);
      s0 = f32x4.add(s0, f32x4.mul(v128.load(x0 + i), d));
      s1 = f32x4.add(s1, f32x4.mul(v128.load(x1 + i), d));
      s2 = f32x4.add(s2, f32x4.mul(v128.load(x2 + i), d));
      s3 = f32x4.add(s3, f32x4.mul(v128.load(x3 + i), d));
      i += column;
      dy += 16;
    }
    start += row;
  }
  add(dw, s0, lanes);
  add(dw + next, s1, lanes);
  add(dw + next * 2, s2, lanes);
  add(dw + next * 3, s3, lanes);
}

function addTap(
  x: usize, row: usize, column: usize, dy: usize, dyRow: usize, rows: i32, columns: i32, dw: usize, lanes: i32,
): void {
  let s = f32x4.splat(0);
  for (; rows > 0; --rows) {
    let p = x;
    let q = dy;
    for (let c = columns; c > 0; --c) {
      s = f32x4.add(s, f32x4.mul(v128.load(p), v128.load(q)));
      p += column;
      q += 16;
    }
    x += row;
    dy += dyRow;
  }
  add(dw, s, lanes);
}

/**
 * The gradient of the input of a depthwise convolution, all NHWC:
 *
 *     dx[b, xr, xc, i] = sum over r, c, m of dy[b, oh, ow, i * multiplier + m] * filter[r, c, i, m]
 *     where oh * strideHeight = xr + top - r * dilationHeight, and the same for ow
 *
 * Positions that are `strideWidth` apart use the same taps, so four of them share each value of the filter that is loaded.
 *
 * @param dy [batch, outHeight, outWidth, inChannels * multiplier]
 * @param filter [filterHeight, filterWidth, inChannels, multiplier]
 * @param dx [batch, height, width, inChannels], overwritten
 * @param scratch room for the filter, then for an image of dy with a margin of `before` and `after` columns, both with
 * inChannels rounded up to whole vectors for each of `multiplier`
 * @param before columns by which the windows of a row begin before those of dy
 * @param after columns by which they end after it, and three more
 */
export function depthwiseInputGradient(
  dy: usize, filter: usize, dx: usize, scratch: usize,
  batch: i32, height: i32, width: i32, inChannels: i32, outHeight: i32, outWidth: i32, channels: i32,
  filterHeight: i32, filterWidth: i32, strideHeight: i32, strideWidth: i32, top: i32, left: i32,
  multiplier: i32, dilationHeight: i32, dilationWidth: i32, before: i32, after: i32,
): void {
  const taps = filterHeight * filterWidth;
  const vectors = wholeVectors(inChannels) >> 2;
  const filterPanel = <usize>taps << 4;
  const dyRow = <usize>(before + outWidth + after) << 4;
  const dyPanel = <usize>outHeight * dyRow;
  const image = scratch + <usize>(vectors * multiplier) * filterPanel;
  const size = height * width * inChannels;

  // Panels stand in the order [multiplier][inChannels / 4].
  memory.fill(scratch, 0, <usize>(vectors * multiplier) * (filterPanel + dyPanel));
  for (let m = 0; m < multiplier; ++m) {
    intoPanels(
      filter + bytes(m), 0, bytes(channels), bytes(multiplier),
      scratch + <usize>(m * vectors) * filterPanel, 0, filterPanel,
      1, taps, inChannels, 1, 4,
    );
  }
  for (let b = 0; b < batch; ++b) {
    for (let m = 0; m < multiplier; ++m) {
      intoPanels(
        dy + bytes(b * outHeight * outWidth * channels + m),
        bytes(outWidth * channels), bytes(channels), bytes(multiplier),
        image + <usize>(m * vectors) * dyPanel + (<usize>before << 4), dyRow, dyPanel,
        outHeight, outWidth, inChannels, 1, 4,
      );
    }
    const to = dx + bytes(size) * b;
    for (let exact = 0; exact < 2; ++exact) {
      for (let v = 0; v < vectors; ++v) {
        for (let xr = 0; xr < height; ++xr) {
          for (let remainder = 0; remainder < min(strideWidth, width); ++remainder) {
            let positions = 4;
            for (let xc = remainder; xc < width; xc += positions * strideWidth) {
              positions = exact ? 1 : min(4, over(width - 1 - xc, strideWidth) + 1);
              let s0 = f32x4.splat(0);
              let s1 = s0;
              let s2 = s0;
              let s3 = s0;
              for (let c = 0; c < filterWidth; ++c) {
                const u = xc + left - c * dilationWidth;
                const column = over(u, strideWidth);
                if (column * strideWidth != u) continue;
                if (exact && (column < 0 || column >= outWidth)) continue;
                for (let r = 0; r < filterHeight; ++r) {
                  const t = xr + top - r * dilationHeight;
                  if (t < 0) break;
                  const row = over(t, strideHeight);
                  if (row * strideHeight != t || row >= outHeight) continue;
                  let p = image + <usize>v * dyPanel + <usize>row * dyRow + (<usize>(before + column) << 4);
                  let q = scratch + <usize>v * filterPanel + (<usize>(r * filterWidth + c) << 4);
                  for (let m = multiplier; m > 0; --m) {
                    const f = v128.load(q);
                    s0 = f32x4.add(s0, f32x4.mul(v128.load(p), f));
                    s1 = f32x4.add(s1, f32x4.mul(v128.load(p, 16), f));
                    s2 = f32x4.add(s2, f32x4.mul(v128.load(p, 32), f));
                    s3 = f32x4.add(s3, f32x4.mul(v128.load(p, 48), f));
                    p += <usize>vectors * dyPanel;
                    q += <usize>vectors * filterPanel;
                  }
                }
              }
              const at = to + bytes((xr * width + xc) * inChannels + (v << 2));
              const next = bytes(strideWidth * inChannels);
              const lanes = inChannels - (v << 2);
              put(at, s0, lanes);
              if (positions > 1) put(at + next, s1, lanes);
              if (positions > 2) put(at + next * 2, s2, lanes);
              if (positions > 3) put(at + next * 3, s3, lanes);
            }
          }
        }
      }
      if (allFinite(to, size)) break;
    }
  }
}

/** n / stride. A division takes as long as the products of a row of taps, and most strides are 1. */
// @ts-ignore: decorator
@inline
function over(n: i32, stride: i32): i32 {
  return stride == 1 ? n : n / stride;
}

function add(to: usize, values: v128, lanes: i32): void {
  addLanes(to, values, lanes);
}

function put(to: usize, values: v128, lanes: i32): void {
  storeLanes(to, values, lanes);
}
