import { AlarmState } from "../../shared/domain/alarm.ts";
import { EpochRecord } from "../../shared/domain/event.ts";
import type { RigId } from "../../shared/domain/id.ts";
import { boundMemory, type Sqlite } from "../../shared/node/sqlite.ts";
import { countOf, minus } from "../../shared/wire/ranges.ts";
import { bucketQuery } from "./bucket-query.ts";
import { completeTo, coverageOf } from "./coverage.ts";
import { coverageRows } from "./coverage-rows.ts";
import { damagedRow, type Finds, type Found, foundOf } from "./damage.ts";
import { definitionsOf } from "./definitions.ts";
import { eventQuery } from "./event-query.ts";
import { heldReader } from "./held.ts";
import type { Coverage, History, RigFacts } from "./history.ts";
import { latestQuery } from "./latest-query.ts";
import { minuteRows } from "./minute-rows.ts";
import { epochIdOf } from "./names.ts";
import { openArchiveFile } from "./open-file.ts";
import { pageQuery } from "./page-query.ts";
import { readingRows } from "./reading.ts";
import { soundSql } from "./schema.ts";
import { spansHaving } from "./spans-having.ts";
import { underWayOf } from "./streams.ts";
import { tagVersions } from "./tag-versions.ts";
import { undatedSpans } from "./undated.ts";

interface RigRow {
  no: number;
  rig: string;
  running: string | null;
  dictionary: string | null;
  landed_at: number | null;
  live_at: number | null;
  record: string | null;
  sound: number;
}

/**
 * Opens the archive's file for questions, beside the process that writes it; throws while there is none. What is not as it was written is never
 * answered: it is told to `tell`, and coverage says so (`found` may go on from an earlier opening of the same file); where nothing can be said without it, the question throws ArchiveDamaged.
 */
export function openSqliteHistory(path: string, tell: Finds = () => {}, found: Found = foundOf(tell)): History {
  const db = openArchiveFile(path);
  try {
    return historyOf(db, found);
  } catch (cause) {
    db.close();
    throw cause;
  }
}

function historyOf(db: Sqlite, found: Found): History {
  boundMemory(db, 32_768);
  const definitions = definitionsOf(db);
  const epochOf = epochIdOf(db);
  const rigSound = `(select ${soundSql("rig")} from rig where no = r.no)`;
  const epochSound = `(select ${soundSql("epoch")} from epoch where no = e.no)`;
  const rigColumns = `r.no, r.rig, r.running, r.dictionary, r.landed_at, r.live_at, e.record,
      ${rigSound} and (e.no is null or ${epochSound}) as sound
    from rig r left join epoch e on e.rig = r.no and e.epoch = r.running`;
  const allRigs = db.prepare<[], RigRow>(`select ${rigColumns} order by r.rig`);
  const oneRig = db.prepare<[string], RigRow>(`select ${rigColumns} where r.rig = ?`);
  const newestVersions = db
    .prepare<[number], number>(
      "select no from (select no, max(valid_from) from tag_version where rig = ? group by tag) order by no",
    )
    .pluck();
  const alarms = db.prepare<[number], { epoch: number; state: string; sound: number }>(
    `select epoch, state, ${soundSql("alarm")} as sound from alarm where rig = ?`,
  );
  const counters = db.prepare<[], { name: string; value: number }>("select name, value from counter");
  const note = db.prepare<[string], string>("select value from note where name = ?").pluck();
  const damages = db.prepare<[], { epoch: number; first: number; last: number; sound: number }>(
    `select epoch, first, last, ${soundSql("damage")} as sound from damage`,
  );
  const heldOf = heldReader(db);
  const damagedFrames = () =>
    damages.all().reduce((sum, { epoch, sound, ...frames }) => {
      if (sound !== 1) {
        found.finds({ type: "repeated", table: "damage" });
        return sum;
      }
      const here = heldOf(epoch, "telemetry").filter(({ state }) => state !== "lost");
      return sum + countOf(minus([frames], here));
    }, 0);
  const waiting = db.prepare<[], number>("select count(*) from tail").pluck();

  const rows = readingRows(db, definitions, epochOf, found.finds);
  const versionsOf = tagVersions(db);
  const pages = pageQuery(definitions, rows, versionsOf);
  const minutes = minuteRows(db, found.finds, spansHaving(db, definitions));
  const buckets = bucketQuery(definitions, minutes, rows, versionsOf);
  const latest = latestQuery(db, definitions, epochOf, found.finds);
  const covered = coverageRows(db, found);
  const events = eventQuery(db, epochOf, found.finds);

  function isSound({ sound }: { sound: number }): boolean {
    if (sound !== 1) found.finds({ type: "repeated", table: "alarm" });
    return sound === 1;
  }
  /** One moment of the archive, whatever lands meanwhile. */
  const moment = <T>(ask: () => T): Promise<T> => Promise.resolve().then(db.transaction(ask));
  const ofRig = <T>(rig: RigId, none: T, ask: (row: RigRow) => T) =>
    moment(() => {
      const row = oneRig.get(rig);
      if (row === undefined) return none;
      if (row.sound !== 1) throw damagedRow("rig", rig);
      return ask(row);
    });

  return {
    rigs: () => moment(() => allRigs.all().map(factsOf)),
    rig: (rig) => ofRig(rig, null, factsOf),
    tags: (rig) =>
      ofRig(rig, [], ({ no, dictionary }) => {
        const current = dictionary === null ? null : definitions.dictionary(no, dictionary);
        return current === null ? newestVersions.all(no).map(definitions.version) : [...current.versions];
      }),
    dictionary: (rig, hash) => ofRig(rig, null, ({ no }) => definitions.dictionary(no, hash)),
    latest: (rig) => ofRig(rig, [], ({ no, running }) => latest(no, running)),
    readings: (rig, tags, from, to, page) =>
      ofRig(rig, { series: [], next: null }, ({ no }) => pages(no, tags, from, to, page)),
    buckets: (rig, tags, from, to, step) =>
      ofRig(rig, [], ({ no }) => buckets(no, tags, from, step, Math.ceil((to - from) / step))),
    coverage: (rig, from, to, aliveAt) =>
      ofRig(rig, nothingKnown(from, to), ({ no, running }) => {
        const epochs = covered.epochs(no, from, to);
        const held = covered.held(no);
        const upTo = completeTo(epochs);
        return {
          completeTo: upTo,
          spans: coverageOf(epochs, running, from, to, aliveAt),
          undated: undatedSpans(epochs),
          streams: [
            { stream: "telemetry", completeTo: upTo, underWay: underWayOf(held, "telemetry") },
            { stream: "events", completeTo: covered.eventsTo(no), underWay: underWayOf(held, "events") },
          ],
          held,
        };
      }),
    events: (rig, filter) => ofRig(rig, { rows: [], next: null }, ({ no }) => events(no, filter)),
    // An alarm that is not as it was written may be any alarm: all are asked for again.
    alarms: (rig) =>
      ofRig(rig, [], ({ no }) =>
        alarms
          .all(no)
          .filter(isSound)
          .map(({ epoch, state }) => ({ state: AlarmState.parse(JSON.parse(state)), epoch: epochOf(epoch) }))
          .filter(({ state }) => state.state !== "normal"),
      ),
    counters: () => moment(() => Object.fromEntries(counters.all().map(({ name, value }) => [name, value]))),
    facts: () =>
      moment(() => ({
        incarnation: note.get("incarnation") ?? "",
        waiting: waiting.get() ?? 0,
        damaged: damagedFrames(),
        bytes: Number(db.pragma("page_count", { simple: true })) * Number(db.pragma("page_size", { simple: true })),
      })),
    close: () => db.close(),
  };
}

/** Of a rig that nothing landed of. */
function nothingKnown(from: number, to: number): Coverage {
  return { completeTo: null, spans: coverageOf([], null, from, to, null), undated: [], streams: [], held: [] };
}

function factsOf({ rig, running, record, landed_at, live_at, sound }: RigRow): RigFacts {
  if (sound !== 1) throw damagedRow("rig", rig);
  const parsed = record === null ? null : EpochRecord.parse(JSON.parse(record));
  return { rig, running, record: parsed, landedAt: landed_at, liveAt: live_at };
}
