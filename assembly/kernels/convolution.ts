import { bytes, intoPanels, wholeVectors } from '../shared/images';
import { sumWindows } from '../shared/windows';

/**
 * A convolution, all NHWC, with the bits of XNNPACK, which computes it for tfjs on `wasm`: each value is one sum that
 * begins with 0, over the rows, the columns and the channels of a window in turn. Values beyond the edges are 0.
 *
 * @param x [batch, height, width, inChannels]
 * @param filter [filterHeight, filterWidth, inChannels, outChannels]
 * @param y [batch, outHeight, outWidth, outChannels], overwritten
 * @param scratch room for the filter, its outChannels rounded up to whole vectors, then for an image of x as far as the
 * windows reach, with three windows more
 */
export function convolution(
  x: usize, filter: usize, y: usize, scratch: usize,
  batch: i32, height: i32, width: i32, inChannels: i32, outHeight: i32, outWidth: i32, outChannels: i32,
  filterHeight: i32, filterWidth: i32, strideHeight: i32, strideWidth: i32, top: i32, left: i32,
): void {
  const pixel = bytes(inChannels);
  const reachHeight = (outHeight - 1) * strideHeight + filterHeight;
  const reachWidth = (outWidth - 1) * strideWidth + filterWidth;
  const reachRow = <usize>reachWidth * pixel;
  const taps = filterHeight * filterWidth * inChannels;
  const run = filterWidth * inChannels;
  const image = scratch + bytes(taps * wholeVectors(outChannels));

  const firstRow = max(0, -top);
  const firstColumn = max(0, -left);
  const rows = min(height, reachHeight - top) - firstRow;
  const columns = min(width, reachWidth - left) - firstColumn;
  memory.fill(scratch, 0, bytes(taps * wholeVectors(outChannels)) + <usize>reachHeight * reachRow);
  intoPanels(
    filter, 0, bytes(outChannels), 4, scratch, 0, <usize>taps << 5, 1, taps, outChannels, 1, 8,
  );

  for (let b = 0; b < batch; ++b) {
    for (let r = 0; r < rows && columns > 0; ++r) {
      memory.copy(
        image + <usize>(firstRow + r + top) * reachRow + <usize>(firstColumn + left) * pixel,
        x + (<usize>(b * height + firstRow + r) * width + firstColumn) * pixel,
        <usize>columns * pixel,
      );
    }
    for (let first = 0; first < outChannels; first += 8) {
      const lanes = outChannels - first > 4 ? 8 : 4;
      for (let oh = 0; oh < outHeight; ++oh) {
        for (let ow = 0; ow < outWidth; ow += 4) {
          sumWindows(
            image + <usize>(oh * strideHeight) * reachRow + <usize>(ow * strideWidth) * pixel, reachRow,
            <usize>strideWidth * pixel,
            scratch + bytes(first * taps), bytes(run * lanes), lanes,
            filterHeight, run,
            y + bytes(((b * outHeight + oh) * outWidth + ow) * outChannels + first), bytes(outChannels),
            outWidth - ow, outChannels - first,
          );
        }
      }
    }
  }
}
