import { allFinite, bytes, ceilDiv, wholeVectors } from '../shared/images';
import { sumWindows } from '../shared/windows';

/**
 * The gradient of the input of a convolution, all NHWC, with the bits of tfjs's `Conv2DBackpropInput`: each value is
 * one sum that begins with 0, over the rows, the columns and the channels of dy in turn:
 *
 *     dx[b, xr, xc, i] = sum over oh, ow, o of
 *         dy[b, oh, ow, o] * filter[xr + top - oh * strideHeight, xc + left - ow * strideWidth, i, o]
 *
 * Along a row, positions that are `strideWidth` apart use the same taps of the filter. So each remainder of the
 * division by the stride has a filter of its own, of stride 1, whose taps stand in the order of dy's columns. For one
 * row of the filter, taps and channels then form one run, both in dy and in the filter. Four positions share each value
 * of the filter that is loaded.
 *
 * @param dy [batch, outHeight, outWidth, outChannels]
 * @param filter [filterHeight, filterWidth, inChannels, outChannels]
 * @param dx [batch, height, width, inChannels], overwritten
 * @param scratch room for the filter, its inChannels rounded up to whole vectors, then for an image of dy with a margin
 * of `before` and `after` columns: [inChannels up to a multiple of 4, filterHeight, filterWidth, outChannels] + 4 +
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
                bytes(-strideHeight * filterWidth * outChannels * lanes), lanes,
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
