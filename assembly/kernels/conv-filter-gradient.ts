import { addLanes, allFinite, bytes, ceilDiv, intoPanels } from '../shared/images';

/**
 * The gradient of the filter of a convolution, all NHWC, in one sum for each image, each from 0:
 *
 *     dw[r, c, i, o] = sum over b, oh, ow of
 *         x[b, oh * strideHeight + r - top, ow * strideWidth + c - left, i] * dy[b, oh, ow, o]
 *
 * For a row r of the filter that is a product of two matrices: the taps and channels (c, i), which lie side by side in
 * an image, and the channels o of dy, both over all (oh, ow).
 *
 * @param x [batch, height, width, inChannels]
 * @param dy [batch, outHeight, outWidth, outChannels]
 * @param dw [filterHeight, filterWidth, inChannels, outChannels], overwritten
 * @param scratch room for an image of x as far as the windows reach, with four values more, then for one of dy, its
 * channels rounded up to whole vectors: [(outHeight - 1) * strideHeight + filterHeight, the same of the width,
 * inChannels] + 4 + [outHeight, outWidth, outChannels up to a multiple of 4]
 */
export function convFilterGradient(
  x: usize, dy: usize, dw: usize, scratch: usize,
  batch: i32, height: i32, width: i32, inChannels: i32, outHeight: i32, outWidth: i32, outChannels: i32,
  filterHeight: i32, filterWidth: i32, strideHeight: i32, strideWidth: i32, top: i32, left: i32,
): void {
  const pixel = bytes(inChannels);
  const reachHeight = max(0, (outHeight - 1) * strideHeight + filterHeight);
  const reachWidth = max(0, (outWidth - 1) * strideWidth + filterWidth);
  const reachRow = <usize>reachWidth * pixel;
  const image = <usize>reachHeight * reachRow + 16;
  const panels = scratch + image;
  const tap = <usize>inChannels * bytes(outChannels);
  const size = filterHeight * filterWidth * inChannels * outChannels;

  // The part of x that the windows reach, and whether they reach beyond it.
  const firstRow = max(0, -top);
  const firstColumn = max(0, -left);
  const rows = min(height, reachHeight - top) - firstRow;
  const columns = min(width, reachWidth - left) - firstColumn;
  const padded = rows < reachHeight || columns < reachWidth;
  memory.fill(scratch, 0, image);

  for (let exact = 0; exact < 2; ++exact) {
    const runs = exact ? filterWidth : 1;
    memory.fill(dw, 0, bytes(size));
    for (let b = 0; b < batch; ++b) {
      for (let r = 0; r < rows && columns > 0; ++r) {
        memory.copy(
          scratch + <usize>(firstRow + r + top) * reachRow + <usize>(firstColumn + left) * pixel,
          x + (<usize>(b * height + firstRow + r) * width + firstColumn) * pixel,
          <usize>columns * pixel,
        );
      }
      intoPanels(
        dy + <usize>b * outHeight * outWidth * bytes(outChannels), 0, bytes(outChannels), 4,
        panels, 0, <usize>outHeight * outWidth << 5,
        1, outHeight * outWidth, outChannels, 1, 8,
      );
      for (let r = 0; r < filterHeight; ++r) {
        const row0 = exact ? max(0, ceilDiv(top - r, strideHeight)) : 0;
        const row1 = exact ? min(outHeight, ceilDiv(height + top - r, strideHeight)) : outHeight;
        for (let c = 0; c < runs; ++c) {
          const column0 = exact ? max(0, ceilDiv(left - c, strideWidth)) : 0;
          const column1 = exact ? min(outWidth, ceilDiv(width + left - c, strideWidth)) : outWidth;
          addProduct(
            scratch + <usize>(row0 * strideHeight + r) * reachRow + <usize>(column0 * strideWidth + c) * pixel,
            <usize>strideHeight * reachRow, <usize>strideWidth * pixel,
            panels, outHeight * outWidth, row0 * outWidth + column0, outWidth,
            row1 - row0, column1 - column0,
            dw + <usize>(r * filterWidth + c) * tap, filterWidth / runs * inChannels, outChannels,
          );
        }
      }
    }
    if (!padded || allFinite(dw, size)) return;
  }
}

/** Adds to dw [n, outChannels] the sums of the products of x [row][column][n] and dy [outChannels / 8][row][column][8],
 * whose last panel has 4 channels where that is enough. */
function addProduct(
  x: usize, xRow: usize, xColumn: usize,
  dy: usize, dyPixels: i32, dyFirst: i32, dyWidth: i32,
  rows: i32, columns: i32, dw: usize, n: i32, outChannels: i32,
): void {
  for (let i = 0; i < n; i += 4) {
    for (let o = 0; o < outChannels; o += 8) {
      let s00 = f32x4.splat(0);
      let s01 = s00;
      let s10 = s00;
      let s11 = s00;
      let s20 = s00;
      let s21 = s00;
      let s30 = s00;
      let s31 = s00;
      let a = x + bytes(i);
      const lanes = outChannels - o;
      const pixel: usize = lanes > 4 ? 32 : 16;
      let b = dy + (<usize>(o >> 3) * dyPixels << 5) + <usize>dyFirst * pixel;
      for (let r = rows; r > 0; --r) {
        let p = a;
        let q = b;
        if (lanes > 4) {
          for (let c = columns; c > 0; --c) {
            const d0 = v128.load(q);
            const d1 = v128.load(q, 16);
            let v = v128.load32_splat(p);
            s00 = f32x4.add(s00, f32x4.mul(v, d0));
            s01 = f32x4.add(s01, f32x4.mul(v, d1));
            v = v128.load32_splat(p, 4);
            s10 = f32x4.add(s10, f32x4.mul(v, d0));
            s11 = f32x4.add(s11, f32x4.mul(v, d1));
            v = v128.load32_splat(p, 8);
            s20 = f32x4.add(s20, f32x4.mul(v, d0));
            s21 = f32x4.add(s21, f32x4.mul(v, d1));
            v = v128.load32_splat(p, 12);
            s30 = f32x4.add(s30, f32x4.mul(v, d0));
            s31 = f32x4.add(s31, f32x4.mul(v, d1));
            p += xColumn;
            q += 32;
          }
        } else {
          for (let c = columns; c > 0; --c) {
            const d = v128.load(q);
            s00 = f32x4.add(s00, f32x4.mul(v128.load32_splat(p), d));
            s10 = f32x4.add(s10, f32x4.mul(v128.load32_splat(p, 4), d));
            s20 = f32x4.add(s20, f32x4.mul(v128.load32_splat(p, 8), d));
            s30 = f32x4.add(s30, f32x4.mul(v128.load32_splat(p, 12), d));
            p += xColumn;
            q += 16;
          }
        }
        a += xRow;
        b += <usize>dyWidth * pixel;
      }
      const to = dw + bytes(i * outChannels + o);
      const row = bytes(outChannels);
      addEight(to, s00, s01, lanes);
      if (n - i > 1) addEight(to + row, s10, s11, lanes);
      if (n - i > 2) addEight(to + row * 2, s20, s21, lanes);
      if (n - i > 3) addEight(to + row * 3, s30, s31, lanes);
    }
  }
}

function addEight(to: usize, a: v128, b: v128, lanes: i32): void {
  addLanes(to, a, lanes);
  if (lanes > 4) addLanes(to + 16, b, lanes - 4);
}
