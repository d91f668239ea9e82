import { closeSync, cpSync, fstatSync, globSync, openSync, readSync, truncateSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import type { Random } from "../sim/random.ts";
import { until } from "../support/parts.ts";
import { eachStrike, type Fault } from "./fault.ts";
import { journalOf, type Stage } from "./stage.ts";

const PAGE = 4_096;

function overwrite(file: string, at: number, bytes: Uint8Array): void {
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, bytes, 0, bytes.length, at);
  closeSync(descriptor);
}

function sizeOf(file: string): number {
  const descriptor = openSync(file, "r");
  const { size } = fstatSync(descriptor);
  closeSync(descriptor);
  return size;
}

const noise = (random: Random, length: number) => Uint8Array.from({ length }, () => random.int(256));

type Damage = (journal: string, random: Random) => void;

/** Ways in which a disk has spoilt a journal, by name. */
const damages: Record<string, Damage> = {
  "8 bytes of page 4": (journal, random) => overwrite(journal, 3 * PAGE + random.int(PAGE - 8), noise(random, 8)),
  "the header": (journal) => {
    emptyLog(journal);
    overwrite(journal, 0, new Uint8Array(100));
  },
  "a whole page": (journal, random) =>
    overwrite(journal, PAGE * random.between(1, Math.max(1, sizeOf(journal) / PAGE - 1)), noise(random, PAGE)),
  "the log's end": (journal, random) =>
    truncateSync(`${journal}-wal`, Math.floor(sizeOf(`${journal}-wal`) * random.next())),
  "the log's header": (journal, random) => overwrite(`${journal}-wal`, 0, noise(random, 32)),
};

/** Puts what the log of writes holds into the file itself. */
function emptyLog(journal: string): void {
  const db = new Database(journal);
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
}

/** Runs without a link for a while, so that frames are owed, and ends; gives from when on nobody else has them. */
async function owing(stage: Stage, random: Random, signal: NodeJS.Signals): Promise<number> {
  stage.mqtt.mode("drop");
  const from = Date.now() + 1_000;
  await sleep(5_000 + random.next() * 3_000);
  await stage.edge().end(signal);
  return from;
}

/** The edge comes up on what is there, reads well, and tells all once it has its link again. */
async function comesBack(stage: Stage): Promise<void> {
  await stage.startEdge();
  await stage.allGood();
  stage.mqtt.mode("up");
  await stage.drained();
}

/** Flips a bit inside the body of a frame that nobody else has, in the file itself; gives the frame's key. */
function flipInFrame(journal: string, from: number, random: Random): number {
  // A changed bit in the log ends the log there, which is another fault.
  emptyLog(journal);
  const db = new Database(journal, { readonly: true });
  const owed = db
    .prepare<[number], { key: number; body: Buffer }>(
      "select key, body from frame where (key / 4294967296) % 2 = 0 and at >= ?",
    )
    .all(from);
  db.close();
  const frame = random.pick(owed);
  if (frame === undefined) throw new Error("no frame is owed");
  const file = openSync(journal, "r+");
  const whole = Buffer.alloc(fstatSync(file).size);
  readSync(file, whole, 0, whole.length, 0);
  // A long body goes on in other pages.
  const piece = frame.body.subarray(0, 200);
  const [offset, mask] = [random.int(piece.length), 1 << random.int(8)];
  const places: number[] = [];
  for (let at = whole.indexOf(piece); at !== -1; at = whole.indexOf(piece, at + 1)) places.push(at + offset);
  if (places.length === 0) throw new Error(`frame ${frame.key} is not found in the file`);
  // Pages that were given back may hold it too, and which one counts is not seen from outside.
  for (const place of places) writeSync(file, Uint8Array.of((whole[place] ?? 0) ^ mask), 0, 1, place);
  closeSync(file);
  return frame.key;
}

const ask = <T>(journal: string, sql: string, ...words: number[]): T[] => {
  const db = new Database(journal, { readonly: true });
  try {
    return db
      .prepare<number[], T>(sql)
      .pluck()
      .all(...words);
  } finally {
    db.close();
  }
};

/** Faults of a disk that gives back something else than was written. */
export const rotFaults: readonly Fault[] = [
  {
    id: "F17",
    title: "page, header or log of the journal damaged",
    strikes: { fast: 5, full: 40 },
    run: eachStrike(async (stage, random, strike) => {
      const names = Object.keys(damages);
      const name = names[strike % names.length] ?? "";
      // A log that is left has a newer header of the file.
      await owing(stage, random, name === "the header" ? "SIGTERM" : "SIGKILL");
      // What stood in the log alone is gone with it, and nothing on the disk can tell: what it was is kept for the oracle.
      if (name.startsWith("the log"))
        cpSync(dirname(journalOf(stage)), join(stage.scene.data, `disk-${strike}`), { recursive: true });
      damages[name]?.(journalOf(stage), random);
      await comesBack(stage);
      const kept = globSync(`${journalOf(stage)}*.broken-*`);
      if (name === "the header" && kept.length === 0) throw new Error("the damaged file is not kept");
    }),
  },
  {
    id: "F18",
    title: "a bit of a frame flips on the disk, and the file looks whole",
    strikes: { fast: 3, full: 40 },
    run: eachStrike(async (stage, random, strike) => {
      const journal = journalOf(stage);
      const key = flipInFrame(journal, await owing(stage, random, "SIGTERM"), random);
      if (ask<string>(journal, "pragma integrity_check").join() !== "ok") throw new Error("the flip is not silent");
      await comesBack(stage);
      // Little is owed, so nothing else tells when it was come upon.
      await until(
        async () => ask(journal, "select key from broken where key = ?", key).length > 0,
        () => `frame ${key} is not kept aside`,
        60,
      );
      const aside = ask(journal, "select key from broken").length;
      if (aside !== strike + 1) throw new Error(`${aside} frames are kept aside, and ${strike + 1} were spoilt`);
    }),
  },
];
