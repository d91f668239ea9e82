/** Field: US oilfield units as the catalogue has them. SI: metric. Data are never changed, only what is shown. */
export type System = "field" | "si";

/** How values of a unit are shown: value × factor, in `unit`, with so many decimals. */
export interface Display {
  unit: string;
  factor: number;
  decimals: number;
}

const d = (unit: string, factor: number, decimals: number): Display => ({ unit, factor, decimals });

const field: Record<string, Display> = {
  ft: d("ft", 1, 1),
  lbf: d("klbf", 0.001, 1),
  ft·lbf: d("kft·lbf", 0.001, 1),
  "ft/h": d("ft/h", 1, 1),
  gpm: d("gpm", 1, 0),
  psi: d("psi", 1, 0),
  bbl: d("bbl", 1, 1),
  ppg: d("ppg", 1, 2),
  rpm: d("rpm", 1, 0),
  spm: d("spm", 1, 0),
  kW: d("kW", 1, 0),
  cP: d("cP", 1, 0),
  pH: d("pH", 1, 1),
  "°C": d("°C", 1, 1),
  g: d("g", 1, 1),
  API: d("API", 1, 0),
  ohm·m: d("ohm·m", 1, 1),
  "g/cc": d("g/cc", 1, 2),
  "%": d("%", 1, 1),
  "µs/ft": d("µs/ft", 1, 0),
  in: d("in", 1, 2),
  ratio: d("", 1, 2),
  score: d("", 1, 2),
  count: d("", 1, 0),
  code: d("", 1, 0),
  flag: d("", 1, 0),
  text: d("", 1, 0),
  s: d("s", 1, 1),
  V: d("V", 1, 1),
  A: d("A", 1, 1),
};

const si: Record<string, Display> = {
  ft: d("m", 0.3048, 1),
  lbf: d("kN", 0.0044482216152605, 1),
  ft·lbf: d("kN·m", 0.0013558179483314, 1),
  "ft/h": d("m/h", 0.3048, 1),
  gpm: d("L/min", 3.785411784, 0),
  psi: d("bar", 0.0689475729318, 1),
  bbl: d("m³", 0.158987294928, 2),
  ppg: d("kg/m³", 119.826427317, 0),
  in: d("mm", 25.4, 0),
  "µs/ft": d("µs/m", 3.280839895, 0),
};

/** How a unit is shown in this system; an unknown unit as it is, with two decimals. `resolution` (in the tag's unit, 0 if unknown) leaves out decimals that the source does not have. */
export function displayOf(unit: string, system: System, resolution = 0): Display {
  const display = (system === "si" ? si[unit] : undefined) ?? field[unit] ?? d(unit, 1, 2);
  if (resolution <= 0) return display;
  const own = Math.max(0, Math.ceil(-Math.log10(resolution * display.factor) - 1e-9));
  return own < display.decimals ? { ...display, decimals: own } : display;
}
