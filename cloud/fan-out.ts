import type { RequestEvent } from "../shared/domain/event.ts";
import type { Id, RigId } from "../shared/domain/id.ts";
import type { TagVersion } from "../shared/domain/tag.ts";
import type { Log } from "../shared/node/log.ts";
import { countOf } from "../shared/wire/ranges.ts";
import type { Landed, LandedEvents, LandedReadings } from "./landed.ts";
import type { BackfillRates } from "./live/backfill-rates.ts";
import type { Contacts } from "./live/contacts.ts";
import type { Live } from "./live/live.ts";

interface Parts {
  live: Pick<Live, "readings" | "alarm" | "restarted">;
  contacts: Pick<Contacts, "hear" | "lostBeyond">;
  rates: Pick<BackfillRates, "landed">;
  /** The tags that a dictionary lists; null while it is not stored. */
  dictionary(rig: RigId, hash: Id): Promise<readonly TagVersion[] | null>;
  /** Counts readings that landed. */
  points(rig: RigId, count: number): void;
  /** A rig said how far it is with what it was asked for, in whatever run. */
  heard(rig: RigId, event: RequestEvent): void;
  log: Log;
}

/**
 *   landed ──▶ of the running epoch? ──▶ live lane or preview ──▶ sensor_data ──▶ console
 *                        │                alarm events ─────────▶ alert
 *                        └── history: shown by whoever asks for it
 */
export function fanOut(parts: Parts): (what: Landed) => Promise<void> {
  const tagsOf = remembered(parts.dictionary);
  let before = Promise.resolve();
  return (what) => {
    // One after the other: a list of tags that must be read first must not let later frames pass.
    before = before
      .then(() => show(what, { ...parts, dictionary: tagsOf }))
      .catch((error: unknown) =>
        parts.log.error({ err: error, rig: what.rig }, "live: what landed could not be shown"),
      );
    return before;
  };
}

async function show(what: Landed, parts: Parts): Promise<void> {
  hear(what, parts.contacts);
  switch (what.type) {
    case "readings":
      if (what.lane === "backfill") parts.rates.landed(what.rig, countOf(what.ranges), what.landedAt);
      return showReadings(what, parts);
    case "events":
      return showEvents(what, parts);
    case "beyond":
      return parts.contacts.lostBeyond(what.rig, what.frames);
    case "conflict":
    case "fork":
    case "quarantine":
      parts.log.warn({ rig: what.rig, problem: what.type }, `ingest: ${what.text}`);
  }
}

/** Whatever comes of a rig is contact; its pace is that of live batches and previews. */
function hear(what: Landed, contacts: Parts["contacts"]): void {
  if (what.type === "events") contacts.hear(what.rig, what.landedAt, false);
  if (what.type !== "readings") return;
  contacts.hear(what.rig, what.landedAt, what.current && (what.preview || what.lane === "live"));
}

async function showReadings(landed: LandedReadings, { live, dictionary, points, log }: Parts): Promise<void> {
  const { rig, epoch, readings, preview } = landed;
  if (!preview) points(rig, landed.count);
  if (!landed.current || !(preview || landed.lane === "live") || readings.length === 0) return;
  const tags = await dictionary(rig, landed.dictionary);
  if (tags === null) {
    log.warn({ rig, dictionary: landed.dictionary }, "live: readings of an unknown dictionary are not shown");
    return;
  }
  const seq = landed.firstSeq + landed.receivedAt.length - 1;
  live.readings(rig, { epoch, seq, dictionary: landed.dictionary, tags, readings });
}

/** A dictionary's name is its content, so it is read once; a few hundred are kept. */
function remembered(read: Parts["dictionary"]): Parts["dictionary"] {
  const known = new Map<string, readonly TagVersion[]>();
  return async (rig, hash) => {
    const key = `${rig}/${hash}`;
    const tags = known.get(key) ?? (await read(rig, hash));
    if (tags === null) return null;
    const [oldest] = known.keys();
    if (known.size > 300 && oldest !== undefined) known.delete(oldest);
    known.set(key, tags);
    return tags;
  };
}

function showEvents({ rig, current, frames }: LandedEvents, { live, heard }: Parts): void {
  for (const event of frames.flatMap(({ events }) => events)) if (event.type === "request") heard(rig, event);
  if (!current) return;
  for (const { seq, events } of frames) {
    for (const event of events) {
      if (event.type === "alarm") live.alarm(rig, event.state);
      if (event.type === "epoch" && seq === 1) live.restarted(rig, event.origin, event.openAlarms);
    }
  }
}
