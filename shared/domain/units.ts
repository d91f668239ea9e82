import { z } from "zod";

/** The units of the sensor catalogue: US oilfield, degrees Celsius. Conversion happens once, in the driver's scale and offset; a screen may show metric. */
export const units = [
  "ft",
  "lbf",
  "rpm",
  "ft·lbf",
  "ft/h",
  "gpm",
  "psi",
  "kW",
  "spm",
  "bbl",
  "ppg",
  "cP",
  "pH",
  "°C",
  "g",
  "API",
  "ohm·m",
  "g/cc",
  "%",
  "µs/ft",
  "in",
  "ratio",
  "score",
  "count",
  "s",
  "code",
  "text",
  "flag",
  "V",
  "A",
] as const;
export const Unit = z.enum(units);
export type Unit = z.infer<typeof Unit>;
