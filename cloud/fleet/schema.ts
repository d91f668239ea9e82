import type { Migration } from "../../shared/node/sqlite.ts";

/** History of fleet.db. */
export const migrations: readonly Migration[] = [
  (db) =>
    db.exec(`
      create table rig (
        id text primary key,
        enrolled_at integer not null,
        broker_secret blob -- sha256; null: may not connect
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
        revoked_at integer
      ) strict, without rowid;
      create table cloud_key (
        id text primary key,
        pem text not null,
        made_at integer not null
      ) strict, without rowid;
    `),
];
