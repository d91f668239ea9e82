import type { UplinkConfig } from "../../shared/domain/rig-config.ts";
import type { FrameTime } from "../../shared/wire/frame.ts";
import { type Pace, senderLimits } from "../../shared/wire/sender-io.ts";
import type { Calendar } from "./calendar.ts";
import { openNeed } from "./need.ts";
import { type Span, type Spending, spans } from "./spending.ts";

/** What a configuration's link settings come to now. Times are ms UTC. */
export interface Verdict {
  /** What keeps backfill from going; null where nothing does. */
  backfillHeldBy: Span | "window" | null;
  /** When the link window opens that backfill waits for; null where it waits for none. */
  opensAt: number | null;
  /** The budget that is nearly spent, so that previews go instead of live; null where live goes. */
  previewsFor: Span | null;
}

/** Decides what may go on a link that is paid by the byte or by the hour. */
export interface Governor {
  /** Takes in what went over the connection since the last call, of it in batches of backfill, whether it was up, and what requests took past what is held back. */
  add(bytes: number, backfill: number, up: boolean, asked?: number): void;
  /** Whether this much backfill more may go. */
  judge(more?: number): Verdict;
  pace(verdict: Verdict): Pick<Pace, "backfill" | "liveMs" | "previewMs" | "liveFrames" | "askedBytes">;
  /** Bytes that requests may still take this month past what is held back. */
  askedLeft(): number;
}

export interface GovernorParts {
  settings: UplinkConfig;
  tickMs: number;
  calendar: Calendar;
  spending: Spending;
  now(): FrameTime;
}

const HOUR_MS = 3_600_000;
const DAY_MINUTES = 1_440;
/** Backfill leaves the rest of a budget, besides what live needs until the span ends, to events and to what cannot be foreseen. */
const BACKFILL_SHARE = 0.9;
/** From here on live goes as previews, so that events, receipts and they find room in what is left. */
const PREVIEW_SHARE = 0.95;
/** Before it is known what live needs, this share of a budget is kept for it. */
const UNKNOWN_SHARE = 0.5;

export function openGovernor({ settings, tickMs, calendar, spending, now }: GovernorParts): Governor {
  const { budget, windows, liveMs, previewMs } = settings;
  const need = openNeed(() => now().mono);
  /** Where nothing is ever held back, requests take nothing past it. */
  const isMetered = windows.length > 0 || spans.some((span) => budget[span] !== undefined);
  let preview = false;

  function spanThatHolds(more: number): Span | null {
    const spent = spending.spent();
    const perMs = need.bytesPerMs();
    const at = spending.at();
    for (const span of spans) {
      const limit = budget[span];
      if (limit === undefined) continue;
      const { bytes, backfill, ends } = spent[span];
      const others = bytes - backfill;
      const kept =
        perMs === null
          ? others + UNKNOWN_SHARE * limit
          : ends === null
            ? Math.max(others, perMs * HOUR_MS)
            : others + perMs * Math.max(0, ends - at);
      if (backfill + kept + more > BACKFILL_SHARE * limit) return span;
    }
    return null;
  }

  function spanThatIsSpent(): Span | null {
    const spent = spending.spent();
    return (
      spans.find((span) => spent[span].bytes >= PREVIEW_SHARE * (budget[span] ?? Number.POSITIVE_INFINITY)) ?? null
    );
  }

  /** Minutes until a window is open; 0 while one is, or where there are none. */
  function minutesToWindow(): number {
    if (windows.length === 0) return 0;
    const minute = calendar.minute(spending.at());
    const waits = windows.map(({ from, to }) => {
      const [begins, ends] = [minuteOf(from), minuteOf(to)];
      const since = (minute - begins + DAY_MINUTES) % DAY_MINUTES;
      const length = (ends - begins + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
      return since < length ? 0 : DAY_MINUTES - since;
    });
    return Math.min(...waits);
  }

  return {
    add(bytes, backfill, up, asked = 0) {
      spending.add(bytes, backfill, asked);
      // Previews tell nothing of what live needs.
      need.add(bytes - backfill, up && !preview);
    },
    judge(more = 0) {
      const previewsFor = spanThatIsSpent();
      preview = previewsFor !== null;
      const wait = minutesToWindow();
      const held = previewsFor ?? spanThatHolds(more);
      const opens = Math.floor(spending.at() / 60_000 + wait) * 60_000;
      return { backfillHeldBy: held ?? (wait > 0 ? "window" : null), opensAt: wait > 0 ? opens : null, previewsFor };
    },
    pace({ backfillHeldBy, previewsFor }) {
      // One tick more than the interval, and one that closes while a batch is on its way to the encoder.
      const gathered = liveMs === 0 ? 0 : Math.ceil(liveMs / tickMs) + 2;
      return {
        backfill: backfillHeldBy === null,
        liveMs,
        previewMs: previewsFor === null ? null : previewMs,
        liveFrames: Math.max(senderLimits.liveFrames, gathered),
        askedBytes: isMetered ? settings.asked.openBytes : Number.POSITIVE_INFINITY,
      };
    },
    askedLeft: () =>
      isMetered ? Math.max(0, settings.asked.monthBytes - spending.spent().month.asked) : Number.POSITIVE_INFINITY,
  };
}

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}
