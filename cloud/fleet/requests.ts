import type { RequestEvent } from "../../shared/domain/event.ts";
import type { EpochMs, Id, RigId } from "../../shared/domain/id.ts";
import { newId } from "../../shared/node/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { maxRequests } from "../../shared/wire/request.ts";
import { seals } from "./schema.ts";

/** What a rig is asked for. */
export type Wanted =
  | { what: "span"; start: EpochMs; end: EpochMs; repair: boolean }
  | { what: "tags"; tags: readonly Id[] };

export interface NewRequest {
  rig: RigId;
  wanted: Wanted;
  /** Bytes that may go for it although the link's policy would hold them back. */
  maxBytes: number;
  endsAt: EpochMs;
  /** Who asks. */
  by: string;
}

/** A request as the office has it. */
export interface KeptRequest extends NewRequest {
  request: Id;
  askedAt: EpochMs;
  /** When it was first sent to the rig, under an answer to its hello; null before. */
  toldAt: EpochMs | null;
  /** "asked" until the rig has said something of it, what it said, or "withdrawn"; whether it has expired is for its time to tell. */
  state: "asked" | RequestEvent["state"] | "withdrawn";
  why: RequestEvent["why"];
  /** What the rig said, and when it was heard; null and 0 before. */
  heardAt: EpochMs | null;
  frames: number;
  bytes: number;
}

/** What rigs are asked for, and what they said of it. */
export interface FleetRequests {
  /** Null where the rig has as many open requests as one list can tell. Deletes what is older than is kept. */
  askRig(request: NewRequest, now?: EpochMs): KeptRequest | null;
  /** Newest first; of what has ended only what is kept: 90 days from the end of its time, and the rig's newest 200. */
  requests(rig: RigId, limit: number): KeptRequest[];
  /** What a rig is to be told: what has neither ended nor expired, in the order in which it was asked. */
  openRequests(rig: RigId, now?: EpochMs): KeptRequest[];
  /** Whether a rig was asked for anything that may not have expired, ended or not. */
  wasAsked(rig: RigId, now?: EpochMs): boolean;
  /** Rises with every request that is made or withdrawn. */
  requestChange(): number;
  /** Rigs of which requests were made or withdrawn after this change, or of which one was told (or made, where it could not be told) before `unheardSince` and nothing was heard. */
  rigsToTell(after: number, unheardSince: EpochMs): RigId[];
  /** Rigs that took one which has not ended, and of which nothing was heard since. */
  rigsSilent(since: EpochMs): RigId[];
  toldRequests(ids: readonly Id[], now?: EpochMs): void;
  /** Takes what a rig said, in whatever order it comes: what has ended stays so, of numbers the greatest counts. */
  heardRequest(rig: RigId, event: RequestEvent, now?: EpochMs): void;
  /** False where the rig has no such request, or it has ended. */
  withdrawRequest(rig: RigId, request: Id): boolean;
}

/** Requests that have ended are kept so long after the end of their time, and so many of a rig, the newest. */
const KEPT_MS = 90 * 86_400_000;
const KEPT_ENDED = 200;

interface Row {
  id: Id;
  rig: RigId;
  wanted: string;
  max_bytes: number;
  asked_at: number;
  asked_by: string;
  ends_at: number;
  told_at: number | null;
  state: KeptRequest["state"];
  why: RequestEvent["why"];
  heard_at: number | null;
  frames: number;
  bytes: number;
}

export function fleetRequests(db: Sqlite): FleetRequests {
  // A row that is not as it was written is no request: its rig is not asked for it.
  const sound = `seal = ${seals.rig_request}`;
  const read = readers(db, sound);
  const put = db.prepare(
    `insert into rig_request (id, rig, wanted, max_bytes, asked_at, asked_by, ends_at, state, change)
     values (?, ?, ?, ?, ?, ?, ?, 'asked', (select coalesce(max(change), 0) + 1 from rig_request))`,
  );
  const told = db.prepare("update rig_request set told_at = ? where id = ? and told_at is null");
  const hear = db.prepare(
    `update rig_request set state = @state, why = @why, heard_at = @now, frames = max(frames, @frames), bytes = max(bytes, @bytes)
     where rig = @rig and id = @request`,
  );
  const count = db.prepare(
    "update rig_request set frames = max(frames, @frames), bytes = max(bytes, @bytes) where rig = @rig and id = @request",
  );
  const withdraw = db.prepare(
    `update rig_request set state = 'withdrawn', change = (select max(change) + 1 from rig_request)
     where rig = ? and id = ? and state in ('asked', 'taken') and ${sound}`,
  );
  const seal = db.prepare<[Id]>(`update rig_request set seal = ${seals.rig_request} where id = ?`);
  const forget = forgetting(db);

  return {
    askRig: db.transaction((request: NewRequest, now = Date.now()) => {
      if (read.open(request.rig, now).length >= maxRequests) return null;
      const { rig, wanted, maxBytes, endsAt, by } = request;
      const id = newId();
      put.run(id, rig, JSON.stringify(wanted), maxBytes, now, by, endsAt);
      seal.run(id);
      forget(rig, now);
      const row = read.one(rig, id);
      if (row === undefined) throw new Error(`request ${id} of ${rig} was not stored`);
      return requestOf(row);
    }).immediate,
    requests: (rig, limit) => read.all(rig, limit).map(requestOf),
    openRequests: (rig, now = Date.now()) => read.open(rig, now).map(requestOf),
    wasAsked: read.wasAsked,
    requestChange: read.change,
    rigsToTell: read.toTell,
    rigsSilent: read.silent,
    toldRequests: db.transaction((ids: readonly Id[], now = Date.now()) => {
      for (const id of ids) if (told.run(now, id).changes > 0) seal.run(id);
    }).immediate,
    heardRequest: db.transaction((rig: RigId, event: RequestEvent, now = Date.now()) => {
      const state = read.one(rig, event.request)?.state;
      if (state === undefined) return;
      const { request, frames, bytes, why } = event;
      if (state === "asked" || state === "taken")
        hear.run({ rig, request, frames, bytes, why, state: event.state, now });
      else count.run({ rig, request, frames, bytes });
      seal.run(request);
    }).immediate,
    withdrawRequest: db.transaction((rig: RigId, request: Id) => {
      const isNews = withdraw.run(rig, request).changes > 0;
      if (isNews) seal.run(request);
      return isNews;
    }).immediate,
  };
}

function readers(db: Sqlite, sound: string) {
  const isOpen = "state in ('asked', 'taken') and ends_at > ?";
  const all = db.prepare<[RigId, number], Row>(
    `select * from rig_request where rig = ? and ${sound} order by asked_at desc, change desc limit ?`,
  );
  const one = db.prepare<[RigId, Id], Row>(`select * from rig_request where rig = ? and id = ? and ${sound}`);
  const open = db.prepare<[RigId, number], Row>(
    `select * from rig_request where rig = ? and ${isOpen} and ${sound} order by asked_at, change`,
  );
  // Of a damaged row too: its rig is told that it is asked for it no more.
  const wasAsked = db
    .prepare<[RigId, number], number>("select 1 from rig_request where rig = ? and ends_at > ?")
    .pluck();
  const change = db.prepare<[], number>("select coalesce(max(change), 0) from rig_request").pluck();
  const toTell = db
    .prepare<[number, number, number], RigId>(
      `select rig from rig_request where change > ?
       union select rig from rig_request where state = 'asked' and coalesce(told_at, asked_at) < ? and ends_at > ?`,
    )
    .pluck();
  const silent = db
    .prepare<[number, number], RigId>(
      "select distinct rig from rig_request where state = 'taken' and heard_at < ? and ends_at > ?",
    )
    .pluck();
  return {
    all: (rig: RigId, limit: number) => all.all(rig, limit),
    one: (rig: RigId, id: Id) => one.get(rig, id),
    open: (rig: RigId, now: EpochMs) => open.all(rig, now),
    wasAsked: (rig: RigId, now = Date.now()) => wasAsked.get(rig, now) !== undefined,
    change: () => change.get() ?? 0,
    toTell: (after: number, unheardSince: EpochMs) => toTell.all(after, unheardSince, Date.now()),
    silent: (since: EpochMs) => silent.all(since, Date.now()),
  };
}

/**
 * Deletes what has ended and is kept no longer. Stays: the row with the greatest change, since changes never fall, and the rig's that ends last, since
 * the rig may have been told of one that was withdrawn.
 */
function forgetting(db: Sqlite): (rig: RigId, now: EpochMs) => void {
  const isEnded = "(state not in ('asked', 'taken') or ends_at <= @now)";
  const stays = "change < (select max(change) from rig_request)";
  const old = db.prepare(`delete from rig_request where ends_at <= @now - ${KEPT_MS} and ${stays}`);
  const beyond = db.prepare(
    `delete from rig_request where id in
       (select id from rig_request where rig = @rig and ${isEnded} order by asked_at desc, change desc limit -1 offset ${KEPT_ENDED})
     and ${stays} and ends_at < (select max(ends_at) from rig_request where rig = @rig)`,
  );
  return (rig, now) => {
    old.run({ now });
    beyond.run({ rig, now });
  };
}

function requestOf(row: Row): KeptRequest {
  return {
    request: row.id,
    rig: row.rig,
    wanted: JSON.parse(row.wanted),
    maxBytes: row.max_bytes,
    askedAt: row.asked_at,
    by: row.asked_by,
    endsAt: row.ends_at,
    toldAt: row.told_at,
    state: row.state,
    why: row.why,
    heardAt: row.heard_at,
    frames: row.frames,
    bytes: row.bytes,
  };
}
