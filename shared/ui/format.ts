/** A reason for people: without the code in brackets, which is for whoever looks into it, and a model's words in plain ones. */
export function plainReason(reason: string): string {
  const plain = reason.replace(/ \(0x[0-9a-f]+\)/gi, "");
  return scoreReasons[plain] ?? plain;
}

/** Why a model gives no score. */
const scoreReasons: Readonly<Record<string, string>> = {
  "window incomplete": "too few readings in the last seconds",
  "input not good": "an input is not good",
  "input out of range": "an input is out of range",
};

/** What stands where there is nothing: never 0. */
export const NOTHING = "–";

/** Fixed decimals, thousands comma, true minus; rounds to no negative zero. NaN and infinities read as nothing. */
export function numberText(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return NOTHING;
  const fixed = Math.abs(value).toFixed(decimals);
  const [whole = "0", part] = fixed.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  const minus = value < 0 && Number(fixed) !== 0 ? "−" : "";
  return `${minus}${grouped}${part === undefined ? "" : `.${part}`}`;
}

/** With an explicit sign, for changes: +0.4, −8. */
export function signedText(value: number, decimals: number): string {
  const text = numberText(value, decimals);
  return value > 0 && Number(value.toFixed(decimals)) !== 0 ? `+${text}` : text;
}

/** A span: 42 s, 3 min 24 s, 2 h 5 min, 38 d. */
export function spanText(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1_000));
  if (s < 60) return `${s} s`;
  if (s < 3_600) return withRest(Math.floor(s / 60), "min", s % 60, "s");
  if (s < 48 * 3_600) return withRest(Math.floor(s / 3_600), "h", Math.floor((s % 3_600) / 60), "min");
  return `${Math.floor(s / 86_400)} d`;
}

const withRest = (big: number, unit: string, rest: number, restUnit: string) =>
  rest === 0 ? `${big} ${unit}` : `${big} ${unit} ${rest} ${restUnit}`;

/** An age beside a value: 0.4 s, 48 s, 3 min, 2 h, 5 d. One part only, so that its box never grows. */
export function ageText(ms: number): string {
  const s = Math.max(0, ms) / 1_000;
  if (s < 9.95) return `${s.toFixed(1)} s`;
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3_600)} h`;
  return `${Math.floor(s / 86_400)} d`;
}

/** A state's clock: 46:49, 2:03:11. */
export function clockText(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1_000));
  const two = (n: number) => String(n).padStart(2, "0");
  const rest = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return s < 3_600 ? rest : `${Math.floor(s / 3_600)}:${rest}`;
}

/** Bytes in decimal units with three figures: 2.5 MB, 1.31 GB. */
export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${figures(value, unit === 0 ? 0 : 2)} ${units[unit]}`;
}

/** A rate: 0.09 kbit/s, 2.64 kbit/s, 1.2 Mbit/s. */
export function rateText(bitsPerSecond: number): string {
  const mega = bitsPerSecond >= 999_500;
  return `${figures(bitsPerSecond / (mega ? 1e6 : 1e3), 2)} ${mega ? "Mbit/s" : "kbit/s"}`;
}

/** At most `most` decimals and about three figures. */
function figures(value: number, most: number): string {
  return numberText(value, value >= 99.95 ? 0 : value >= 9.995 ? Math.min(1, most) : most);
}

/** Times of one zone. Formatting is cached: an Intl object costs more than all its uses. */
export interface Zone {
  /** 14:02:11 */
  time(ms: number): string;
  /** 14:02 */
  minute(ms: number): string;
  /** Wed 18 Feb */
  day(ms: number): string;
  /** UTC−6 */
  offset(ms: number): string;
}

const zones = new Map<string, Zone>();

/** Times in this IANA zone; an unknown one reads as UTC and says so in its offset. */
export function zoneOf(name: string): Zone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = makeZone(isZone(name) ? name : "UTC");
  zones.set(name, zone);
  return zone;
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function makeZone(timeZone: string): Zone {
  const make = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("en-GB", { timeZone, ...options });
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const time = make({ ...clock, second: "2-digit" });
  const minute = make(clock);
  const day = make({ weekday: "short", day: "numeric", month: "short" });
  const offset = make({ timeZoneName: "shortOffset" });
  return {
    time: (ms) => time.format(ms),
    minute: (ms) => minute.format(ms),
    day: (ms) => day.format(ms).replace(",", ""),
    offset(ms) {
      const part = offset.formatToParts(ms).find(({ type }) => type === "timeZoneName")?.value ?? "UTC";
      return part.replace("GMT", "UTC").replace(/\+0$/, "").replace("-", "−");
    },
  };
}
