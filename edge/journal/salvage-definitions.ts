import { DictionaryEvent, TagEvent } from "../../shared/domain/event.ts";
import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { isTagEventTrue, resolveDictionary } from "../../shared/wire/dictionary.ts";
import type { DamagedFile } from "./damaged-file.ts";
import { soundSql } from "./note-seals.ts";
import { eventsIn } from "./salvage-epochs.ts";
import { baseOf, bodyBytes, MOST_SEQ } from "./schema.ts";
import { unlessBroken } from "./unless-broken.ts";

interface Found {
  event: TagEvent | DictionaryEvent;
  /** Key of the events frame that told it. */
  frame: number;
}

/** Frames that one step looks into. */
const FRAMES_A_STEP = 500;

/**
 * Takes over what the file and the events that were read back define, once the events of all epochs are there. A dictionary comes with all that it
 * stands on, or not at all: one without would end every run that opens this journal. Yields between steps.
 */
export function* readDefinitions(db: Sqlite, file: DamagedFile, epochs: readonly number[]): Generator<void> {
  const found = new Map<Id, Found>();
  for (const row of file.rows<{ hash: string; body: string; frame: number }>(
    `select hash, body, frame from definition where ${soundSql("definition")}`,
    "hash",
  )) {
    const event = definitionIn(row.body);
    if (event?.hash === row.hash) found.set(row.hash, { event, frame: row.frame });
  }
  yield;
  const frames = db.prepare<[number, number, number], { key: number; body: Buffer }>(
    `select key, ${bodyBytes} from frame where key between ? and ? order by key limit ?`,
  );
  for (const no of epochs) {
    const base = baseOf(no, "events");
    for (let next = base + 1; ; ) {
      const rows = frames.all(next, base + MOST_SEQ, FRAMES_A_STEP);
      for (const { key, body } of rows) {
        for (const event of eventsIn(body) ?? [])
          if ((event.type === "tag" || event.type === "dictionary") && !found.has(event.hash))
            found.set(event.hash, { event, frame: key });
      }
      const last = rows.at(-1);
      if (last === undefined) break;
      next = last.key + 1;
      yield;
    }
  }
  define(db, found);
  yield;
}

function define(db: Sqlite, found: ReadonlyMap<Id, Found>): void {
  const known = db.prepare<[Id], string>("select body from definition where hash = ?").pluck();
  const put = db.prepare("insert or ignore into definition (hash, kind, body, frame) values (?, ?, ?, ?)");
  const eventOf = (hash: Id) => {
    const body = known.get(hash);
    return found.get(hash)?.event ?? (body === undefined ? null : definitionIn(body));
  };
  const dictionaryAt = (hash: Id) => {
    const event = eventOf(hash);
    return event?.type === "dictionary" ? event : undefined;
  };
  for (const { event, frame } of found.values()) {
    if (event.type === "dictionary") {
      const tags = unlessBroken(() => resolveDictionary(event.hash, dictionaryAt));
      if (tags === null || tags.some((tag) => eventOf(tag)?.type !== "tag")) continue;
    }
    put.run(event.hash, event.type, JSON.stringify(event), frame);
  }
}

function definitionIn(json: string): TagEvent | DictionaryEvent | null {
  try {
    const value: unknown = JSON.parse(json);
    const tag = TagEvent.safeParse(value);
    if (tag.success) return isTagEventTrue(tag.data) ? tag.data : null;
    return DictionaryEvent.safeParse(value).data ?? null;
  } catch {
    return null;
  }
}
