import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import type { SeqRange } from "../../shared/wire/names.ts";
import { minus, overlap } from "../../shared/wire/ranges.ts";
import type { Compaction } from "./compaction.ts";
import type { Finds } from "./damage.ts";
import type { Definitions } from "./definitions.ts";
import { heldReader } from "./held.ts";
import { DAY, hourOfKey, ownerOfKey, startOfHour, wholeDays } from "./hour.ts";
import { hoursOf } from "./minute-rows.ts";
import { addedMinutes, minutesOf, minutesOfLength, withinSpan } from "./minutes.ts";
import { encodeMinutes } from "./packed-minutes.ts";
import { readingRows } from "./reading.ts";
import { ofRig } from "./rigs-aside.ts";

/** Rows that are looked at for one that can be worked out now. */
const LOOKED_AT = 64;

/**
 * Works out minutes anew whose row does not stand, from the segments; reads only. The next one that can be, null for none. `busy`: rigs whose last
 * compaction is not applied yet. A rig whose damaged frames are still on their way has to wait: they would be counted twice.
 * Throws RigFailed. Of what a wrong clock puts before or behind all days there are no minutes: who asks reads the segments.
 */
export function minutesAnew(
  db: Sqlite,
  definitions: Definitions,
  epochOf: (no: number) => Id,
  finds: Finds,
): (busy: ReadonlySet<number>) => Compaction | null {
  const stale = db
    .prepare<[number, number, number], number>(
      "select key from minutes where length(body) = 0 and key between ? and ? limit ?",
    )
    .pluck();
  const rigOf = db.prepare<[number], number>("select rig from tag_version where no = ?").pluck();
  const damaged = db.prepare<[number], SeqRange & { epoch: number }>(
    "select d.epoch, d.first, d.last from damage d join epoch e on e.no = d.epoch where e.rig = ?",
  );
  const tail = db.prepare<[number, number], SeqRange>("select first, last from tail where rig = ? and epoch = ?");
  const held = heldReader(db);
  let hurt = false;
  const rows = readingRows(db, definitions, epochOf, (damage) => {
    hurt = true;
    finds(damage);
  });

  const isMended = (rig: number) =>
    damaged.all(rig).every(({ epoch, ...frames }) => {
      const here = held(epoch, "telemetry");
      return minus([frames], here).length === 0 && !tail.all(rig, epoch).some((waiting) => overlap(waiting, frames));
    });

  function anew(rig: number, key: number): Compaction | null {
    const version = ownerOfKey(key);
    const as = definitions.representation(version);
    const from = startOfHour(hourOfKey(key) * 24);
    const day = { from, to: from + DAY };
    hurt = false;
    let minutes = minutesOfLength(0);
    for (const { readings, start, end } of rows.compacted(rig, [version], day.from, day.to))
      minutes = addedMinutes(minutes, withinSpan(minutesOf(readings, start, end, as), day));
    if (hurt) return null;
    const hours = hoursOf(version, minutes);
    return {
      rig,
      spans: [],
      segments: [],
      minutes: [{ key, body: encodeMinutes(minutes) }],
      hours,
      latest: [],
      tails: [],
    };
  }

  return (busy) =>
    db
      .transaction(() => {
        for (const key of stale.all(...wholeDays, LOOKED_AT)) {
          const rig = rigOf.get(ownerOfKey(key));
          if (rig === undefined || busy.has(rig) || !isMended(rig)) continue;
          const compaction = ofRig(rig, () => anew(rig, key));
          if (compaction !== null) return compaction;
        }
        return null;
      })
      .deferred();
}
