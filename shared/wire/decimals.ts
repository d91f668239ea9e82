/**
 * Doubles and float32 that are decimal numbers of few digits, as most sources give them, are integers in disguise:
 * 123.45 is 12345 / 10^2, and that division gives its very bits again.
 */

export const maxDigits = 6;

/** The integers behind `n` values, and by which power of ten to divide them; null where any value is another. */
export function decimalsOf(
  values: Float64Array,
  n: number,
  real: boolean,
): { digits: number; integers: Float64Array } | null {
  let digits = 0;
  // The first value tells how many digits at least: full mantissas are found out here.
  while (digits <= maxDigits && integerOf(values[0] ?? 0, digits, real) === null) digits++;
  const integers = new Float64Array(n);
  for (let i = 0; digits <= maxDigits && i < n; i++) {
    const integer = integerOf(values[i] ?? 0, digits, real);
    if (integer === null) {
      digits++;
      i = -1;
    } else integers[i] = integer;
  }
  return digits > maxDigits ? null : { digits, integers };
}

/** The value again. */
export function fromDecimal(integer: number, digits: number, real: boolean): number {
  const value = integer / 10 ** digits;
  return real ? Math.fround(value) : value;
}

/** Beyond these the numbers that a mantissa can hold lie nearly as dense as the decimals: any would do, and nothing is gained. */
const mostReal = 2 ** 20;
const mostDouble = 2 ** 49;

function integerOf(value: number, digits: number, real: boolean): number | null {
  const integer = Math.round(value * 10 ** digits);
  // NaN, infinities and -0 do not come back, so they are none.
  return Math.abs(integer) < (real ? mostReal : mostDouble) &&
    Object.is(fromDecimal(integer, digits, real), value) &&
    !Object.is(integer, -0)
    ? integer
    : null;
}
