import { allFinite, bytes, ceilDiv, storeLanes, wholeVectors } from '../shared/images';

/**
 * The gradient of the input of a convolution, all NHWC, with the bits of tfjs's `Conv2DBackpropInput`: each value is one sum
 * that begins with 0, over the rows, the columns and the channels of dy in turn:
 *
 *     dx[b, xr, xc, i] = sum over oh, ow, o of dy[b, oh, ow, o] * filter[xr + top - oh * strideHeight, xc + left - ow * strideWidth, i, o]
 *
 * Along a row, positions that are `strideWidth` apart use the same taps of the filter. So each remainder of the division by
 * the stride has a filter of its own, of stride 1, whose taps stand in the order of dy's columns. For one row of the filter,
 * taps and channels are then one run, of dy as of the filter. Four positions share each value of the filter that is loaded.
 *
 * @param dy [batch, outHeight, outWidth, outChannels]
 * @param filter [filterHeight, filterWidth, inChannels, outChannels]
 * @param dx [batch, height, width, inChannels], overwritten
 * @param scratch room for the filter, its inChannels rounded up to whole vectors, then for an image of dy with a margin of
 * `before` and `after` columns: [inChannels up to a multiple of 4, filterHeight, filterWidth, outChannels] + 4 +
 * [outHeight, before + outWidth + after, outChannels]
 * @param before columns by which the windows of a row begin before those of dy
 * @param after columns by which they end after it, and three more
 */
export function convInputGradient(
  dy: usize, filter: usize, dx: usize, scratch: usize,
  batch: i32, height: i32, width: i32, inChannels: i32, outHeight: i32, outWidth: i32, outChannels: i32,
  filterHeight: i32, filterWidth: i32, strideHeight: i32, strideWidth: i32, top: i32, left: i32,
  before: i32, after: i32,
): void {
  const channels = wholeVectors(inChannels);
  const taps = filterHeight * filterWidth * outChannels;
  const panels = scratch;
  const image = scratch + bytes(channels * taps) + 16;
  const pixel = bytes(outChannels);
  const imageRow = <usize>(before + outWidth + after) * pixel;
  const size = height * width * inChannels;

  memory.fill(scratch, 0, bytes(channels * taps) + 16 + <usize>outHeight * imageRow);
  packFilter(filter, panels, inChannels, outChannels, filterHeight, filterWidth, strideWidth);

  for (let b = 0; b < batch; ++b) {
    for (let r = 0; r < outHeight; ++r) {
      memory.copy(
        image + <usize>r * imageRow + <usize>before * pixel,
        dy + <usize>(b * outHeight + r) * outWidth * pixel,
        <usize>outWidth * pixel,
      );
    }
    const to = dx + bytes(size) * b;
    for (let exact = 0; exact < 2; ++exact) {
      for (let first = 0; first < inChannels; first += 8) {
        const lanes = min(8, channels - first);
        const panel = panels + bytes(first * taps);
        for (let xr = 0; xr < height; ++xr) {
          const row1 = min(outHeight, xr + top < 0 ? 0 : (xr + top) / strideHeight + 1);
          const row0 = max(0, ceilDiv(xr + top - filterHeight + 1, strideHeight));
          let done = 0; // taps in the filters of the remainders before
          for (let remainder = 0; remainder < strideWidth; ++remainder) {
            const n = max(0, ceilDiv(filterWidth - remainder, strideWidth));
            // The first position with this remainder, and the column of dy at which its window ends.
            let xc = remainder - left;
            let last = 0;
            if (xc < 0) {
              last = ceilDiv(-xc, strideWidth);
              xc += last * strideWidth;
            } else if (xc >= strideWidth) {
              last = -(xc / strideWidth);
              xc %= strideWidth;
            }
            while (xc < width) {
              const positions = exact ? 1 : min(4, (width - 1 - xc) / strideWidth + 1);
              let column = last - n + 1;
              let count = n;
              let skipped = 0;
              if (exact) {
                skipped = max(0, -column);
                column += skipped;
                count = min(outWidth, last + 1) - column;
              }
              sumWindows(
                image + <usize>row0 * imageRow + <usize>(before + column) * pixel, imageRow, pixel,
                panel + bytes(((xr + top - row0 * strideHeight) * filterWidth + done + skipped) * outChannels * lanes),
                bytes(strideHeight * filterWidth * outChannels * lanes), lanes,
                row1 - row0, count * outChannels,
                to + bytes((xr * width + xc) * inChannels + first), bytes(strideWidth * inChannels),
                positions, inChannels - first,
              );
              xc += positions * strideWidth;
              last += positions;
            }
            done += n;
          }
        }
      }
      if (allFinite(to, size)) break;
    }
  }
}

/**
 * Turns a filter into panels of 8 input channels, the last one of 4 if it has no more:
 * [inChannels / 8][filterHeight][remainder, and for each its taps from right to left][outChannels][8]
 */
function packFilter(
  filter: usize, to: usize, inChannels: i32, outChannels: i32, filterHeight: i32, filterWidth: i32, stride: i32,
): void {
  for (let first = 0; first < inChannels; first += 8) {
    const lanes = inChannels - first > 4 ? 8 : 4;
    const used = min(lanes, inChannels - first);
    for (let r = 0; r < filterHeight; ++r) {
      for (let remainder = 0; remainder < stride; ++remainder) {
        for (let c = remainder + max(-1, (filterWidth - 1 - remainder) / stride) * stride; c >= remainder; c -= stride) {
          if (c >= filterWidth) continue;
          const from = filter + bytes(((r * filterWidth + c) * inChannels + first) * outChannels);
          for (let o = 0; o < outChannels; ++o) {
            for (let lane = 0; lane < used; ++lane) {
              store<f32>(to + bytes(lane), load<f32>(from + bytes(lane * outChannels + o)));
            }
            to += bytes(lanes);
          }
        }
      }
    }
  }
}

/** Four windows beside each other, of which `positions` are stored: each the sum over `rows` runs of `count` values of dy. */
function sumWindows(
  dy: usize, dyRow: usize, pixel: usize, filter: usize, filterRow: usize, lanes: i32,
  rows: i32, count: i32, to: usize, next: usize, positions: i32, channels: i32,
): void {
  const second = pixel;
  const third = pixel * 2;
  const fourth = pixel * 3;
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  for (; rows > 0; --rows) {
    let p = dy;
    let q = filter;
    if (lanes == 8) {
      for (let k = count; k > 0; --k) {
        const f0 = v128.load(q);
        const f1 = v128.load(q, 16);
        let v = v128.load32_splat(p);
        s00 = f32x4.add(s00, f32x4.mul(v, f0));
        s01 = f32x4.add(s01, f32x4.mul(v, f1));
        v = v128.load32_splat(p + second);
        s10 = f32x4.add(s10, f32x4.mul(v, f0));
        s11 = f32x4.add(s11, f32x4.mul(v, f1));
        v = v128.load32_splat(p + third);
        s20 = f32x4.add(s20, f32x4.mul(v, f0));
        s21 = f32x4.add(s21, f32x4.mul(v, f1));
        v = v128.load32_splat(p + fourth);
        s30 = f32x4.add(s30, f32x4.mul(v, f0));
        s31 = f32x4.add(s31, f32x4.mul(v, f1));
        p += 4;
        q += 32;
      }
    } else {
      for (let k = count; k > 0; --k) {
        const f0 = v128.load(q);
        s00 = f32x4.add(s00, f32x4.mul(v128.load32_splat(p), f0));
        s10 = f32x4.add(s10, f32x4.mul(v128.load32_splat(p + second), f0));
        s20 = f32x4.add(s20, f32x4.mul(v128.load32_splat(p + third), f0));
        s30 = f32x4.add(s30, f32x4.mul(v128.load32_splat(p + fourth), f0));
        p += 4;
        q += 16;
      }
    }
    dy += dyRow;
    filter -= filterRow;
  }
  storeEight(to, s00, s01, channels);
  if (positions > 1) storeEight(to + next, s10, s11, channels);
  if (positions > 2) storeEight(to + next * 2, s20, s21, channels);
  if (positions > 3) storeEight(to + next * 3, s30, s31, channels);
}

function storeEight(to: usize, a: v128, b: v128, lanes: i32): void {
  storeLanes(to, a, lanes);
  if (lanes > 4) storeLanes(to + 16, b, lanes - 4);
}
