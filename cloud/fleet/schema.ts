import type { Migration } from "../../shared/node/sqlite.ts";

/** SQL for the seals of rows that decide whom the cloud believes and what it asks rigs for; see `shared/node/seal.ts`. */
export const seals = {
  rig: "seal_of('rig', id, enrolled_at, broker_secret)",
  rig_key: "seal_of('rig_key', id, rig, public_key, claimed_at, revoked_at)",
  rig_request:
    "seal_of('rig_request', id, rig, wanted, max_bytes, asked_at, asked_by, ends_at, told_at, state, why, heard_at, frames, bytes, change)",
} as const;

/** History of fleet.db. */
export const migrations: readonly Migration[] = [
  (db) =>
    db.exec(`
      create table rig (
        id text primary key,
        enrolled_at integer not null,
        broker_secret blob, -- sha256; null: may not connect
        seal integer not null default 0
      ) strict, without rowid;
      create table claim (
        rig text primary key,
        hash blob not null, -- sha256 of the token
        ends_at integer not null,
        spent_by text -- the key that was claimed with it; the same one may ask again, since an answer can get lost
      ) strict, without rowid;
      create table rig_key (
        id text primary key,
        rig text not null references rig (id),
        public_key blob not null,
        claimed_at integer not null,
        revoked_at integer,
        seal integer not null default 0
      ) strict, without rowid;
      create table cloud_key (
        id text primary key,
        pem text not null,
        made_at integer not null
      ) strict, without rowid;
      create table note (name text primary key, value text not null) strict, without rowid;
    `),
  // What rigs are asked for. `wanted` is JSON; `change` rises over all rows with each that is made or withdrawn.
  (db) =>
    db.exec(`
      create table rig_request (
        id text primary key,
        rig text not null references rig (id),
        wanted text not null,
        max_bytes integer not null,
        asked_at integer not null,
        asked_by text not null,
        ends_at integer not null,
        told_at integer,
        state text not null,
        why text,
        heard_at integer,
        frames integer not null default 0,
        bytes integer not null default 0,
        change integer not null unique
      ) strict, without rowid;
      create index rig_request_rig on rig_request (rig, asked_at);
      create index rig_request_unheard on rig_request (told_at) where state = 'asked';
    `),
  (db) =>
    db.exec(`
      alter table rig_request add column seal integer not null default 0;
      update rig_request set seal = ${seals.rig_request};
      create index rig_request_quiet on rig_request (heard_at) where state = 'taken';
    `),
];

/** From this schema on requests have a seal. */
export const sealedRequests = 3;
