/**
 * What the passes of the optimizers share.
 *
 * Calling convention: a pass takes the output address of each state, the address of each state, the address of the gradient,
 * the number n of elements, then the scalars. Each address is that of n float32, in whatever memory the module was
 * instantiated on. The states come in the order in which they are computed: an expression sees those before it as already
 * updated. An output may be the same range as its state; ranges that overlap in part are not supported. Nothing else is read
 * or written: no data segment, no globals, no allocation, so the memory may belong to someone else.
 *
 * A pass counts bytes from the start of its ranges and compares lengths alone, so that it is right for any address up to
 * the end of a 4 GiB memory.
 *
 * It works on four neighbouring elements at a time, and then on those left over, one at a time in the first of the four
 * lanes. `T` says which, `v128` or `f32`, at compile time, so that a pass states its arithmetic once for both.
 * More than four elements a turn gain nothing where there is a division or more than one state (measured).
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
