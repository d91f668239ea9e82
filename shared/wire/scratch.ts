/**
 * Arrays for what lives only as long as one call: making one costs more than filling it where lists are short. Each place that needs one
 * has its own, grown as needed; it may be longer than asked and holds what was left in it.
 */
export function scratchOf<Of extends { length: number }>(make: (length: number) => Of): (length: number) => Of {
  let array = make(256);
  return (length) => {
    if (array.length < length) array = make(Math.max(length, 2 * array.length));
    return array;
  };
}
