import { storeLanes } from './images';

/**
 * Computes four windows beside each other in an image, and so four neighbouring results for 8 channels. Each result is
 * one sum that begins with 0. It goes over the rows of the window, and in a row over a run of values that stand
 * together, as those of the filter do. The four share each vector of the filter that is loaded.
 *
 * @param image the first value of the first window; the next row of it is `imageRow` bytes on, the next window `step`.
 * @param filter its first vector; the next row is `filterRow` bytes on. A row has `lanes` values, 8 or 4, for each
 * value of the image.
 * @param rows how many rows a window has.
 * @param count how many values a row of a window has.
 * @param to the first result; the next window's is `next` bytes on.
 * @param windows how many of the four are stored.
 * @param channels how many channels of a result are stored, if that is less than `lanes`.
 */
export function sumWindows(
  image: usize, imageRow: usize, step: usize, filter: usize, filterRow: usize, lanes: i32,
  rows: i32, count: i32, to: usize, next: usize, windows: i32, channels: i32,
): void {
  const second = step;
  const third = step * 2;
  const fourth = step * 3;
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  for (; rows > 0; --rows) {
    let p = image;
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
    image += imageRow;
    filter += filterRow;
  }
  storeEight(to, s00, s01, channels);
  if (windows > 1) storeEight(to + next, s10, s11, channels);
  if (windows > 2) storeEight(to + next * 2, s20, s21, channels);
  if (windows > 3) storeEight(to + next * 3, s30, s31, channels);
}

// In line, since a window of few values is computed in the time of a call.
// @ts-ignore: decorator
@inline
function storeEight(to: usize, a: v128, b: v128, lanes: i32): void {
  if (lanes >= 8) {
    v128.store(to, a);
    v128.store(to, b, 16);
    return;
  }
  storeRest(to, a, b, lanes);
}

function storeRest(to: usize, a: v128, b: v128, lanes: i32): void {
  storeLanes(to, a, lanes);
  if (lanes > 4) storeLanes(to + 16, b, lanes - 4);
}
