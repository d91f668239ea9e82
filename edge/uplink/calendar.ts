/** Days and months of one time zone. Times are ms UTC. */
export interface Calendar {
  /** The day's name, e.g. 2026-02-18; its first seven letters name the month. */
  day(at: number): string;
  /** When the day, or the month, of this moment began and when the next one begins. */
  span(at: number, of: "day" | "month"): { from: number; to: number };
  /** Minutes since the wall clock's midnight. */
  minute(at: number): number;
}

/** Longer than any day or month is, ms. */
const LONGEST = { day: 26 * 3_600_000, month: 32 * 86_400_000 } as const;
const KNOWN = 4;
const LETTERS = { day: 10, month: 7 } as const;

interface Named {
  from: number;
  to: number;
  name: string;
}

/** Throws RangeError for a zone that does not exist. */
export function calendarOf(timeZone: string): Calendar {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const name = (at: number): string => format.format(at);
  /** Formatting costs much, and asked is nearly always for the same few. */
  const known: Record<"day" | "month", Named[]> = { day: [], month: [] };

  function spanOf(at: number, of: "day" | "month"): Named {
    const before = known[of].find(({ from, to }) => at >= from && at < to);
    if (before !== undefined) return before;
    const own = name(at).slice(0, LETTERS[of]);
    const differs = (other: number): boolean => name(other).slice(0, LETTERS[of]) !== own;
    // Both ends by halving: a day has 23 to 25 hours where clocks change, and a zone may leave one out.
    const found = {
      from: border(at - LONGEST[of], at, differs),
      to: border(at + LONGEST[of], at, differs),
      name: own,
    };
    known[of] = [found, ...known[of].slice(0, KNOWN - 1)];
    return found;
  }

  return {
    span(at, of) {
      const { from, to } = spanOf(at, of);
      return { from, to };
    },
    day: (at) => spanOf(at, "day").name,
    minute(at) {
      const [hours = 0, minutes = 0] = clock.format(at).split(":").map(Number);
      return hours * 60 + minutes;
    },
  };
}

/** The first moment of what lies behind the border between one that differs and one that does not, whichever is earlier. */
function border(outside: number, inside: number, differs: (at: number) => boolean): number {
  let [out, within] = [outside, inside];
  while (Math.abs(out - within) > 1) {
    const middle = Math.floor((out + within) / 2);
    if (differs(middle)) out = middle;
    else within = middle;
  }
  return Math.max(out, within);
}
