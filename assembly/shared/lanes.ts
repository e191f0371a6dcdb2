/**
 * A pass works on four neighbouring elements at a time, and then on those left over, one at a time in the first of the four
 * lanes. `T` says which, `v128` or `f32`, at compile time, so that a pass states its arithmetic once for both.
 */

// @ts-ignore: decorator
@inline
export function read<T>(address: usize): v128 {
  return sizeof<T>() == 16 ? v128.load(address) : v128.load32_zero(address);
}

// @ts-ignore: decorator
@inline
export function write<T>(address: usize, value: v128): void {
  if (sizeof<T>() == 16) v128.store(address, value);
  else v128.store32_lane(address, value, 0);
}
