import { bytes } from '../shared/images';
import { read } from '../shared/lanes';

/** The least normal float32, from which tfjs's `wasm` kernel begins to look for a maximum. */
const LEAST_NORMAL: f32 = 1.17549435e-38;

/**
 * The gradient of max pooling, NHWC: each value of dy is added to the place of the maximum in its window.
 *
 * tfjs chooses the maximum in one way on `cpu` and in another on `wasm`. On `cpu` it is the first of equal values. On
 * `wasm` it is the last, among values that are at least the least normal number. For a window without such a value,
 * `wasm` takes the first element of all of x: the dy of the window counts if that element is in it, and else is
 * dropped.
 *
 * @param x [batch, height, width, channels]
 * @param dy [batch, outHeight, outWidth, channels]; all finite, to have the bits of tfjs's `MaxPoolGrad` on `wasm`
 * @param dx like x, overwritten
 * @param asCpu 1 to choose as on `cpu`, 0 as on `wasm`
 */
export function maxPoolGradient(
  x: usize, dy: usize, dx: usize,
  batch: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
  filterHeight: i32, filterWidth: i32, strideHeight: i32, strideWidth: i32, top: i32, left: i32, asCpu: i32,
): void {
  memory.fill(dx, 0, bytes(batch * height * width * channels));
  for (let b = 0; b < batch; ++b) {
    for (let oh = 0; oh < outHeight; ++oh) {
      const row0 = max(0, oh * strideHeight - top);
      const row1 = min(height, oh * strideHeight - top + filterHeight);
      for (let ow = 0; ow < outWidth; ++ow) {
        const column0 = max(0, ow * strideWidth - left);
        const column1 = min(width, ow * strideWidth - left + filterWidth);
        // Whether the window holds the first element of all.
        const first = !asCpu && b == 0 && row0 == 0 && column0 == 0 && row1 > 0 && column1 > 0;
        const corner = ((b * height + row0) * width + column0) * channels;
        let c = 0;
        for (; c + 4 <= channels; c += 4) {
          const at = maximum<v128>(x, corner + c, row1 - row0, column1 - column0, width, channels, asCpu);
          addTo(dx, i32x4.extract_lane(at, 0), first && c == 0, dy);
          addTo(dx, i32x4.extract_lane(at, 1) + 1, false, dy + 4);
          addTo(dx, i32x4.extract_lane(at, 2) + 2, false, dy + 8);
          addTo(dx, i32x4.extract_lane(at, 3) + 3, false, dy + 12);
          dy += 16;
        }
        for (; c < channels; ++c) {
          const at = maximum<f32>(x, corner + c, row1 - row0, column1 - column0, width, channels, asCpu);
          addTo(dx, i32x4.extract_lane(at, 0), first && c == 0, dy);
          dy += 4;
        }
      }
    }
  }
}

/** Below every index, also after a lane's number was added. */
const NONE: i32 = i32.MIN_VALUE;

/** For each lane the index of the maximum in a window, less the lane's number; NONE if there is none. */
// @ts-ignore: decorator
@inline
function maximum<T>(
  x: usize, corner: i32, rows: i32, columns: i32, width: i32, channels: i32, asCpu: i32,
): v128 {
  let most = f32x4.splat(asCpu ? -Infinity : LEAST_NORMAL);
  let at = i32x4.splat(NONE);
  for (; rows > 0; --rows) {
    let i = corner;
    for (let c = columns; c > 0; --c) {
      const value = read<T>(x + bytes(i));
      const more = asCpu ? f32x4.gt(value, most) : f32x4.ge(value, most);
      most = v128.bitselect(value, most, more);
      at = v128.bitselect(i32x4.splat(i), at, more);
      i += channels;
    }
    corner += width * channels;
  }
  return at;
}

// @ts-ignore: decorator
@inline
function addTo(dx: usize, index: i32, first: bool, dy: usize): void {
  if (index < 0) {
    if (!first) return;
    index = 0;
  }
  const to = dx + bytes(index);
  store<f32>(to, load<f32>(to) + load<f32>(dy));
}
