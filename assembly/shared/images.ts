/**
 * Loops that the gradients of convolutions share. An image is one example of a batch: [height, width, channels] of
 * float32.
 *
 * They work on copies of an image in scratch memory, laid out in panels: 4 or 8 neighbouring channels of every pixel
 * stand together, and channels that the last panel lacks are 0. So one loop over whole vectors serves any number of
 * channels. Pixels beyond the edges are 0 as well, so that neighbouring windows have one form. A copy takes a small
 * part of the time, since each value goes into as many products as the filter has taps and channels.
 *
 * The products of such zeros are zeros where all values are finite, and adding these to a sum that begins with 0
 * changes no bit of it. But 0 times infinity is NaN. So a kernel that adds such products looks at the result. If that
 * is not finite, it goes again, over the true windows alone.
 */

/** n, or the next multiple of 4. */
// @ts-ignore: decorator
@inline
export function wholeVectors(n: i32): i32 {
  return (n + 3) & ~3;
}

/** ceil(a / b), for b > 0. */
// @ts-ignore: decorator
@inline
export function ceilDiv(a: i32, b: i32): i32 {
  return a > 0 ? (a - 1) / b + 1 : a / b;
}

/** The bytes of n float32. */
// @ts-ignore: decorator
@inline
export function bytes(n: i32): usize {
  return <usize>n << 2;
}

/**
 * Copies an image into panels.
 *
 * @param from the first channel of its first pixel; a next row is `fromRow` bytes on, a next pixel `fromPixel`, a next
 * channel `fromChannel`.
 * @param to the place of its first pixel in the first panel; a next row is `toRow` bytes on, a next panel `toPanel`.
 * @param channels of a pixel of `to`. Each of `from` stands there `repeats` times in turn.
 * @param most channels in a panel: 4 or 8. With 8 the last one has 4 where that is enough.
 */
export function intoPanels(
  from: usize, fromRow: usize, fromPixel: usize, fromChannel: usize,
  to: usize, toRow: usize, toPanel: usize,
  rows: i32, columns: i32, channels: i32, repeats: i32, most: i32,
): void {
  for (let first = 0; first < channels; first += most) {
    const lanes = most == 8 && channels - first > 4 ? 8 : 4;
    const used = min(lanes, channels - first);
    const whole = used == lanes && repeats == 1 && fromChannel == 4;
    for (let r = 0; r < rows; ++r) {
      let p = from + <usize>r * fromRow;
      let q = to + <usize>r * toRow;
      for (let c = columns; c > 0; --c) {
        if (whole) {
          v128.store(q, v128.load(p + bytes(first)));
          if (lanes == 8) v128.store(q, v128.load(p + bytes(first), 16), 16);
        } else {
          for (let lane = 0; lane < used; ++lane) {
            const channel = repeats == 1 ? first + lane : (first + lane) / repeats;
            store<f32>(q + bytes(lane), load<f32>(p + <usize>channel * fromChannel));
          }
        }
        p += fromPixel;
        q += bytes(lanes);
      }
    }
    to += toPanel;
  }
}

/** Stores the first `lanes` of four values. */
// @ts-ignore: decorator
@inline
export function storeLanes(to: usize, values: v128, lanes: i32): void {
  if (lanes >= 4) {
    v128.store(to, values);
    return;
  }
  v128.store32_lane(to, values, 0);
  if (lanes > 1) v128.store32_lane(to, values, 1, 4);
  if (lanes > 2) v128.store32_lane(to, values, 2, 8);
}

/** Adds the first `lanes` of four values to what is there. */
// @ts-ignore: decorator
@inline
export function addLanes(to: usize, values: v128, lanes: i32): void {
  if (lanes >= 4) {
    v128.store(to, f32x4.add(v128.load(to), values));
    return;
  }
  store<f32>(to, load<f32>(to) + f32x4.extract_lane(values, 0));
  if (lanes > 1) store<f32>(to + 4, load<f32>(to + 4) + f32x4.extract_lane(values, 1));
  if (lanes > 2) store<f32>(to + 8, load<f32>(to + 8) + f32x4.extract_lane(values, 2));
}

/** Whether none of n values is NaN or infinite: the difference of such a value and itself is not 0. */
export function allFinite(values: usize, n: i32): bool {
  let sum = f32x4.splat(0);
  for (; n >= 4; n -= 4) {
    const v = v128.load(values);
    sum = v128.or(sum, f32x4.sub(v, v));
    values += 16;
  }
  for (; n > 0; --n) {
    const v = v128.load32_splat(values);
    sum = v128.or(sum, f32x4.sub(v, v));
    values += 4;
  }
  return !v128.any_true(sum);
}
