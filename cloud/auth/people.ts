import { z } from "zod";
import { RigId } from "../../shared/domain/id.ts";
import { type Role, roles } from "../../shared/domain/roles.ts";
import { newId } from "../../shared/node/id.ts";
import { hashPassword } from "../../shared/node/passwords.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { seals } from "./schema.ts";

/** A new account. An admin needs no grants: all rigs are theirs. */
export interface NewPerson {
  username: string;
  password: string;
  role: Role;
  rigs?: readonly RigId[];
}

/** Who acts, as the database has it at this moment. */
export interface Identity {
  id: string;
  username: string;
  role: Role;
  rigs: "all" | ReadonlySet<RigId>;
}

export type People = ReturnType<typeof openPeople>;

const Row = z.object({ id: z.string(), username: z.string(), password: z.string(), role: z.enum(roles) });
const Username = z.string().regex(/^[A-Za-z0-9._@-]{1,80}$/, "1 to 80 of A-Z a-z 0-9 . _ @ -");

/** Accounts and their grants in people.db. */
export function openPeople(db: Sqlite) {
  const insert = db.prepare(
    "insert into person (id, username, password, role, made_at) values (?, ?, ?, ?, ?) on conflict do nothing",
  );
  const grant = db.prepare(
    "insert into rig_grant (person, rig, seal) values (@person, @rig, seal_of('rig_grant', @person, @rig))",
  );
  const seal = db.prepare<[string]>(`update person set seal = ${seals.person} where id = ?`);
  // A row that is not as it was written lets nobody in.
  const sound = `disabled_at is null and seal = ${seals.person}`;
  const ungrant = db.prepare("delete from rig_grant where person = ?");
  const byName = db.prepare(`select * from person where username = ? and ${sound}`);
  const byId = db.prepare(`select * from person where id = ? and ${sound}`);
  const grantsOf = db
    .prepare<[string], RigId>(`select rig from rig_grant where person = ? and seal = ${seals.rig_grant}`)
    .pluck();
  const anyAdmin = db.prepare("select 1 from person where role = 'admin' or username = 'admin' limit 1").pluck();
  const disable = db.prepare("update person set disabled_at = ? where username = ? and disabled_at is null");
  const setPassword = db.prepare("update person set password = ? where id = ?");
  const setRole = db.prepare("update person set role = ? where id = ?");

  const store = db.transaction((id: string, person: NewPerson, password: string) => {
    if (insert.run(id, person.username, password, person.role, Date.now()).changes === 0)
      throw new Error(`there is already a person named ${person.username}`);
    seal.run(id);
    for (const rig of new Set(person.rigs)) grant.run({ person: id, rig: RigId.parse(rig) });
  });
  const changeAccess = db.transaction((id: string, role: Role, rigs: readonly RigId[]) => {
    setRole.run(role, id);
    seal.run(id);
    ungrant.run(id);
    for (const rig of new Set(rigs)) grant.run({ person: id, rig: RigId.parse(rig) });
  });

  const storePassword = db.transaction((id: string, password: string) => {
    setPassword.run(password, id);
    seal.run(id);
  }).immediate;

  return {
    /** Throws when the name is taken. */
    async create(person: NewPerson): Promise<void> {
      Username.parse(person.username);
      store(newId(), person, await hashPassword(person.password));
    },
    /** Nobody administers, nor was anybody ended who did. */
    noAdmin: () => anyAdmin.get() === undefined,
    /** Ends the account; its sessions fail from the next look on. */
    disable: db.transaction((username: string) => {
      const row = Row.optional().parse(byName.get(username));
      disable.run(Date.now(), username);
      if (row !== undefined) seal.run(row.id);
    }).immediate,
    /** Takes effect with the next request. */
    setAccess(username: string, role: Role, rigs: readonly RigId[]) {
      const row = Row.parse(byName.get(username));
      changeAccess(row.id, role, rigs);
    },
    async setPassword(id: string, password: string): Promise<void> {
      storePassword(id, await hashPassword(password));
    },
    /** For the login only: id and stored hash. */
    credentials(username: string): { id: string; password: string } | undefined {
      return Row.optional().parse(byName.get(username));
    },
    identity(id: string): Identity | undefined {
      const row = Row.optional().parse(byId.get(id));
      if (row === undefined) return undefined;
      const rigs = row.role === "admin" ? "all" : new Set(grantsOf.all(row.id));
      return { id: row.id, username: row.username, role: row.role, rigs };
    },
  };
}
