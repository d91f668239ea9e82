import type { EpochMs, RigId } from "../../shared/domain/id.ts";
import { paceAfter, silentAfterMs } from "../../shared/domain/pace.ts";

/** What is said of a rig's link wherever it is shown; times are ms UTC by our clock. */
export interface Contact {
  /** It reports as often as it usually does. */
  online: boolean;
  /** It does not, and yet our broker holds its connection: the run that goes on has read nothing so far. Its alarms are of now. */
  connected: boolean;
  /** When something of it last came, shown or stored. */
  seenAt: EpochMs | null;
  /** From the rig to here, of the newest live frame that landed, ms. */
  lagMs: number | null;
  /** Frames that the rig lost and that are kept by no name, since their ranges are too many: as of its newest hello since this process began; null while none told all that it lost. */
  lostBeyond: number | null;
}

/** What the archive says of a rig's link. */
export interface LandedLast {
  landedAt: EpochMs | null;
  liveAt: EpochMs | null;
  /** Of the run that goes on; both times by the rig's clock. */
  record?: { startedAt: EpochMs } | null;
}

/** Knows when rigs were heard, and how often each usually is since this process began. */
export interface Contacts {
  /** Something of the rig came. `live`: it is of the present, so its distance to the one before is the rig's pace. */
  hear(rig: RigId, at: EpochMs, live: boolean): void;
  /** See `Contact`. */
  lostBeyond(rig: RigId, frames: number): void;
  /** Rigs whose connection the broker holds at `at`; null where that cannot be known. */
  link(rigs: readonly RigId[] | null, at: EpochMs): void;
  /** How the rig stands at `now`, beside what landed before this process began. */
  of(rig: RigId, landed: LandedLast | null, now: EpochMs): Contact;
}

/** A list of rigs is no watch over one: what each should have sent may be late for so long, ms. */
const LEAST_MS = 15_000;

/** What came by a clock that ran ahead of this one by more, ms, says nothing of when that was: the office's clock was set back. */
const SKEW_MS = 1_000;
/** What the broker said is true for so long, ms. */
const LINK_MS = 10_000;

/** Begins with no rig heard. */
export function openContacts(): Contacts {
  const heard = new Map<RigId, { at: EpochMs; liveAt: EpochMs | null; everyMs: number }>();
  const beyond = new Map<RigId, number>();
  let linked: ReadonlySet<RigId> = new Set();
  let linkedAt = Number.NEGATIVE_INFINITY;
  return {
    link(rigs, at) {
      linked = new Set(rigs);
      linkedAt = at;
    },
    lostBeyond: (rig, frames) => void beyond.set(rig, frames),
    hear(rig, at, live) {
      const before = heard.get(rig) ?? { at, liveAt: null, everyMs: 0 };
      const known = live && before.liveAt !== null;
      const everyMs = known ? paceAfter(before.everyMs, at - (before.liveAt ?? at)) : before.everyMs;
      heard.set(rig, { at, liveAt: live ? at : before.liveAt, everyMs });
    },
    of(rig, landed, now) {
      const here = heard.get(rig);
      const landedAt = landed?.landedAt ?? null;
      const liveAt = landed?.liveAt ?? null;
      const times = [here?.at, landedAt].filter((at) => at !== undefined && at !== null);
      const past = times.filter((at) => at <= now + SKEW_MS);
      const seenAt = times.length === 0 ? null : Math.max(...(past.length > 0 ? past : times));
      const silentMs = Math.max(LEAST_MS, silentAfterMs(here?.everyMs ?? 0));
      const online = past.length > 0 && seenAt !== null && now - seenAt < silentMs;
      // A run that has brought values and is silent may be cut off, whatever the broker has noticed so far.
      const readNothing = landed?.record != null && landed.record.startedAt > (liveAt ?? Number.NEGATIVE_INFINITY);
      return {
        online,
        connected: !online && readNothing && now - linkedAt < LINK_MS && linked.has(rig),
        seenAt,
        lagMs: landedAt === null || liveAt === null || landedAt > now + SKEW_MS ? null : Math.max(0, landedAt - liveAt),
        lostBeyond: beyond.get(rig) ?? null,
      };
    },
  };
}
