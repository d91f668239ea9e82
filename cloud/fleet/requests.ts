import type { RequestEvent } from "../../shared/domain/event.ts";
import type { EpochMs, Id, RigId } from "../../shared/domain/id.ts";
import { newId } from "../../shared/node/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { maxRequests } from "../../shared/wire/request.ts";

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
export interface RigRequest extends NewRequest {
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
  /** Null where the rig has as many open requests as one list can tell. */
  askRig(request: NewRequest, now?: EpochMs): RigRequest | null;
  /** Newest first. */
  requests(rig: RigId, limit: number): RigRequest[];
  /** What a rig is to be told: what has neither ended nor expired, in the order in which it was asked. */
  openRequests(rig: RigId, now?: EpochMs): RigRequest[];
  /** Whether a rig was asked for anything that may not have expired, ended or not. */
  wasAsked(rig: RigId, now?: EpochMs): boolean;
  /** Rises with every request that is made or withdrawn. */
  requestChange(): number;
  /** Rigs of which requests were made or withdrawn after this change, or of which one was told (or made, where it could not be told) before `unheardSince` and nothing was heard. */
  rigsToTell(after: number, unheardSince: EpochMs): RigId[];
  toldRequests(ids: readonly Id[], now?: EpochMs): void;
  /** Takes what a rig said, in whatever order it comes: what has ended stays so, of numbers the greatest counts. */
  heardRequest(rig: RigId, event: RequestEvent, now?: EpochMs): void;
  /** False where the rig has no such request, or it has ended. */
  withdrawRequest(rig: RigId, request: Id): boolean;
}

interface Row {
  id: Id;
  rig: RigId;
  wanted: string;
  max_bytes: number;
  asked_at: number;
  asked_by: string;
  ends_at: number;
  told_at: number | null;
  state: RigRequest["state"];
  why: RequestEvent["why"];
  heard_at: number | null;
  frames: number;
  bytes: number;
}

export function fleetRequests(db: Sqlite): FleetRequests {
  const isOpen = "state in ('asked', 'taken') and ends_at > ?";
  const put = db.prepare(
    `insert into rig_request (id, rig, wanted, max_bytes, asked_at, asked_by, ends_at, state, change)
     values (?, ?, ?, ?, ?, ?, ?, 'asked', (select coalesce(max(change), 0) + 1 from rig_request))`,
  );
  const all = db.prepare<[RigId, number], Row>(
    "select * from rig_request where rig = ? order by asked_at desc, change desc limit ?",
  );
  const one = db.prepare<[RigId, Id], Row>("select * from rig_request where rig = ? and id = ?");
  const open = db.prepare<[RigId, number], Row>(
    `select * from rig_request where rig = ? and ${isOpen} order by asked_at, change`,
  );
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
  const told = db.prepare("update rig_request set told_at = coalesce(told_at, ?) where id = ?");
  const hear = db.prepare(
    `update rig_request set state = @state, why = @why, heard_at = @now, frames = max(frames, @frames), bytes = max(bytes, @bytes)
     where rig = @rig and id = @request`,
  );
  const count = db.prepare(
    "update rig_request set frames = max(frames, @frames), bytes = max(bytes, @bytes) where rig = @rig and id = @request",
  );
  const withdraw = db.prepare(
    `update rig_request set state = 'withdrawn', change = (select max(change) + 1 from rig_request)
     where rig = ? and id = ? and state in ('asked', 'taken')`,
  );

  return {
    askRig: db.transaction((request: NewRequest, now = Date.now()) => {
      if (open.all(request.rig, now).length >= maxRequests) return null;
      const { rig, wanted, maxBytes, endsAt, by } = request;
      const id = newId();
      put.run(id, rig, JSON.stringify(wanted), maxBytes, now, by, endsAt);
      const row = one.get(rig, id);
      if (row === undefined) throw new Error(`request ${id} of ${rig} was not stored`);
      return requestOf(row);
    }).immediate,
    requests: (rig, limit) => all.all(rig, limit).map(requestOf),
    openRequests: (rig, now = Date.now()) => open.all(rig, now).map(requestOf),
    wasAsked: (rig, now = Date.now()) => wasAsked.get(rig, now) !== undefined,
    requestChange: () => change.get() ?? 0,
    rigsToTell: (after, unheardSince) => toTell.all(after, unheardSince, Date.now()),
    toldRequests: db.transaction((ids: readonly Id[], now = Date.now()) => {
      for (const id of ids) told.run(now, id);
    }).immediate,
    heardRequest: db.transaction((rig: RigId, event: RequestEvent, now = Date.now()) => {
      const state = one.get(rig, event.request)?.state;
      const { request, frames, bytes, why } = event;
      const isNews = state === "asked" || state === "taken";
      if (isNews) hear.run({ rig, request, frames, bytes, why, state: event.state, now });
      else if (state !== undefined) count.run({ rig, request, frames, bytes });
    }).immediate,
    withdrawRequest: (rig, request) => withdraw.run(rig, request).changes > 0,
  };
}

function requestOf(row: Row): RigRequest {
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
