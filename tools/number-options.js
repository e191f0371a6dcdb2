/** Numbers as the values of commander's options: for `argParser`. */
import { InvalidArgumentError } from 'commander';

function number(isAllowed, allowed) {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!isAllowed(value)) throw new InvalidArgumentError(`Allowed is ${allowed}.`);
    return value;
  };
}

export const count = number((value) => Number.isSafeInteger(value) && value >= 1, 'an integer of at least 1');
export const share = number((value) => value >= 0 && value <= 1, 'a number from 0 to 1');
export const rate = number((value) => value > 0 && Number.isFinite(value), 'a positive finite number');
// The seed of mulberry32 has 32 bits. Greater seeds would repeat the runs of smaller ones.
export const seed = number(
  (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32,
  'an integer from 0 to 2^32 - 1',
);
