/** Tells a figure, and throws where it is greater than was promised. */
export function hold(what: string, value: number, limit: number, unit: string): void {
  process.stderr.write(`${what}: ${value.toFixed(1)} ${unit} (promised ${limit})\n`);
  if (!(value <= limit)) throw new Error(`${what} is ${value.toFixed(1)} ${unit}, not ${limit}`);
}
