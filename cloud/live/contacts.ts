import type { EpochMs, RigId } from "../../shared/domain/id.ts";
import { paceAfter, silentAfterMs } from "../../shared/domain/pace.ts";

/** What is said of a rig's link wherever it is shown; times are ms UTC by our clock. */
export interface Contact {
  /** It reports as often as it usually does. */
  online: boolean;
  /** When something of it last came, shown or stored. */
  seenAt: EpochMs | null;
  /** From the rig to here, of the newest live frame that landed, ms. */
  lagMs: number | null;
}

/** What the archive says of a rig's link. */
export interface LandedLast {
  landedAt: EpochMs | null;
  liveAt: EpochMs | null;
}

/** Knows when rigs were heard, and how often each usually is since this process began. */
export interface Contacts {
  /** Something of the rig came. `live`: it is of the present, so its distance to the one before is the rig's pace. */
  hear(rig: RigId, at: EpochMs, live: boolean): void;
  /** How the rig stands at `now`, beside what landed before this process began. */
  of(rig: RigId, landed: LandedLast | null, now: EpochMs): Contact;
}

/** A list of rigs is no watch over one: what each should have sent may be late for so long, ms. */
const LEAST_MS = 15_000;

/** Begins with no rig heard. */
export function openContacts(): Contacts {
  const heard = new Map<RigId, { at: EpochMs; liveAt: EpochMs | null; everyMs: number }>();
  return {
    hear(rig, at, live) {
      const before = heard.get(rig) ?? { at, liveAt: null, everyMs: 0 };
      const known = live && before.liveAt !== null;
      const everyMs = known ? paceAfter(before.everyMs, at - (before.liveAt ?? at)) : before.everyMs;
      heard.set(rig, { at: Math.max(at, before.at), liveAt: live ? at : before.liveAt, everyMs });
    },
    of(rig, landed, now) {
      const here = heard.get(rig);
      const landedAt = landed?.landedAt ?? null;
      const liveAt = landed?.liveAt ?? null;
      const seenAt = here === undefined ? landedAt : Math.max(here.at, landedAt ?? 0);
      const silentMs = Math.max(LEAST_MS, silentAfterMs(here?.everyMs ?? 0));
      return {
        online: seenAt !== null && now - seenAt < silentMs,
        seenAt,
        lagMs: landedAt === null || liveAt === null ? null : Math.max(0, landedAt - liveAt),
      };
    },
  };
}
