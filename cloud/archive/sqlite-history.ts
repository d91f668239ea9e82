import { AlarmState } from "../../shared/domain/alarm.ts";
import { EpochRecord } from "../../shared/domain/event.ts";
import type { Id, RigId } from "../../shared/domain/id.ts";
import { openSqliteReader } from "../../shared/node/sqlite.ts";
import { bucketQuery } from "./bucket-query.ts";
import { completeTo, coverageOf } from "./coverage.ts";
import { coverageRows } from "./coverage-rows.ts";
import { definitionsOf } from "./definitions.ts";
import { eventQuery } from "./event-query.ts";
import type { History, RigFacts } from "./history.ts";
import { latestQuery } from "./latest-query.ts";
import { minuteRows } from "./minute-rows.ts";
import { pageQuery } from "./page-query.ts";
import { readingRows } from "./reading.ts";

interface RigRow {
  no: number;
  rig: string;
  running: string | null;
  dictionary: string | null;
  landed_at: number | null;
  live_at: number | null;
  record: string | null;
}

/** Opens the archive's file for questions, beside the process that writes it; throws while there is none. */
export function openSqliteHistory(path: string): History {
  const db = openSqliteReader(path);
  db.pragma("cache_size = -32768");
  db.pragma("mmap_size = 1073741824");
  const definitions = definitionsOf(db);
  const epochOf = (no: number): Id => {
    const epoch = epochId.get(no);
    if (epoch === undefined) throw new Error(`archive: no epoch has the number ${no}`);
    return epoch;
  };
  const epochId = db.prepare<[number], Id>("select epoch from epoch where no = ?").pluck();
  const rigColumns = `r.no, r.rig, r.running, r.dictionary, r.landed_at, r.live_at, e.record
    from rig r left join epoch e on e.rig = r.no and e.epoch = r.running`;
  const allRigs = db.prepare<[], RigRow>(`select ${rigColumns} order by r.rig`);
  const oneRig = db.prepare<[string], RigRow>(`select ${rigColumns} where r.rig = ?`);
  const versionNos = db
    .prepare<[number, string], number>("select no from tag_version where rig = ? and tag = ? order by valid_from, no")
    .pluck();
  const newestVersions = db
    .prepare<[number], number>(
      "select no from (select no, max(valid_from) from tag_version where rig = ? group by tag) order by no",
    )
    .pluck();
  const alarms = db.prepare<[number], { epoch: number; state: string }>("select epoch, state from alarm where rig = ?");
  const counters = db.prepare<[], { name: string; value: number }>("select name, value from counter");
  const note = db.prepare<[string], string>("select value from note where name = ?").pluck();
  const waiting = db.prepare<[], number>("select count(*) from tail").pluck();

  const rows = readingRows(db, definitions, epochOf);
  const versionsOf = (rig: number, tag: Id) => versionNos.all(rig, tag);
  const pages = pageQuery(definitions, rows, versionsOf);
  const buckets = bucketQuery(definitions, minuteRows(db), rows, versionsOf);
  const latest = latestQuery(db, definitions, epochOf);
  const covered = coverageRows(db);
  const events = eventQuery(db, epochOf);

  /** One moment of the archive, whatever lands meanwhile. */
  const moment = <T>(ask: () => T): Promise<T> => Promise.resolve().then(db.transaction(ask));
  const ofRig = <T>(rig: RigId, none: T, ask: (row: RigRow) => T) =>
    moment(() => {
      const row = oneRig.get(rig);
      return row === undefined ? none : ask(row);
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
    coverage: (rig, from, to, now) =>
      ofRig(
        rig,
        { completeTo: null, spans: coverageOf([], null, from, to, null), held: [] },
        ({ no, running, landed_at }) => {
          const epochs = covered.epochs(no);
          // Silent for longer than some ticks: what it does now is not known.
          const alive = landed_at !== null && now - landed_at < 15_000 ? now : null;
          return {
            completeTo: completeTo(epochs),
            spans: coverageOf(epochs, running, from, to, alive),
            held: covered.held(no),
          };
        },
      ),
    events: (rig, filter) => ofRig(rig, { rows: [], next: null }, ({ no }) => events(no, filter)),
    alarms: (rig) =>
      ofRig(rig, [], ({ no }) =>
        alarms
          .all(no)
          .map(({ epoch, state }) => ({ state: AlarmState.parse(JSON.parse(state)), epoch: epochOf(epoch) }))
          .filter(({ state }) => state.state !== "normal"),
      ),
    counters: () => moment(() => Object.fromEntries(counters.all().map(({ name, value }) => [name, value]))),
    facts: () =>
      moment(() => ({
        incarnation: note.get("incarnation") ?? "",
        waiting: waiting.get() ?? 0,
        bytes: Number(db.pragma("page_count", { simple: true })) * Number(db.pragma("page_size", { simple: true })),
      })),
    close: () => db.close(),
  };
}

function factsOf({ rig, running, record, landed_at, live_at }: RigRow): RigFacts {
  const parsed = record === null ? null : EpochRecord.parse(JSON.parse(record));
  return { rig, running, record: parsed, landedAt: landed_at, liveAt: live_at };
}
