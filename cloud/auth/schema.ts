import type { Migration } from "../../shared/node/sqlite.ts";

/** SQL for the seals of rows that decide who may do what; see `shared/node/seal.ts`. */
export const seals = {
  person: "seal_of('person', id, username, password, role, disabled_at, made_at)",
  rig_grant: "seal_of('rig_grant', person, rig)",
} as const;

/** History of people.db: people, grants, sessions. */
export const migrations: readonly Migration[] = [
  (db) =>
    db.exec(`
      create table person (
        id text primary key,
        username text not null unique collate nocase,
        password text not null, -- argon2id, with its parameters
        role text not null,
        disabled_at integer,
        made_at integer not null,
        seal integer not null default 0
      ) strict, without rowid;
      create table rig_grant (
        person text not null references person (id) on delete cascade,
        rig text not null,
        seal integer not null default 0,
        primary key (person, rig)
      ) strict, without rowid;
      create table session (
        id text primary key,
        person text not null references person (id) on delete cascade,
        begun_at integer not null,
        ends_at integer not null,
        ended_at integer
      ) strict, without rowid;
      create index session_person on session (person);
      create table refresh (
        hash blob primary key, -- sha256 of the token
        session text not null references session (id) on delete cascade,
        ends_at integer not null,
        spent_at integer,
        successor blob -- hash of the token that it was changed for
      ) strict, without rowid;
      create index refresh_session on refresh (session);
      create table secret (name text primary key, value blob not null) strict, without rowid;
      create table token_key (
        id text primary key,
        secret blob not null,
        made_at integer not null
      ) strict, without rowid;
    `),
];
