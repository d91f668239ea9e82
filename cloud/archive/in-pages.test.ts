import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { inPages } from "./in-pages.ts";

test("a long table is read in pages, and a row that is wrong in any of them is told", () => {
  const db = new Database(":memory:");
  db.exec(
    "create table damage (epoch integer, first integer, last integer, ok integer, primary key (epoch, first, last)) without rowid",
  );
  db.exec(
    "with recursive n (i) as (select 0 union all select i + 1 from n where i < 4999) insert into damage select i / 700, i, i, i <> 4321 from n",
  );
  let wrong = 0;
  const read = () => [...inPages(db, "damage", "t.ok", () => wrong++)].length;
  expect(read()).toBe(4);
  expect(wrong).toBe(1);
  db.exec("update damage set ok = 1");
  read();
  expect(wrong).toBe(1);
  db.close();
});
