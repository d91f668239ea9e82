import { z } from "zod";
import { AlarmState } from "../../shared/domain/alarm.ts";
import { DictionaryEvent, type RigEvent, TagEvent } from "../../shared/domain/event.ts";
import type { Id } from "../../shared/domain/id.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { dictionaryEvent, resolveDictionary } from "../../shared/wire/dictionary.ts";
import type { DictionaryFacts } from "../../shared/wire/sender-facts.ts";
import { DamageError, parsed } from "./damage.ts";
import { epochNumbers, partsOf } from "./schema.ts";

/** What the journal learns from the events that it stores: tag versions, dictionaries, and which alarms are open. Calls belong inside a transaction. */
export interface Definitions {
  /** Takes in the events of the frame with this key; gives the dictionaries that became known. */
  learn(events: readonly RigEvent[], key: number): DictionaryFacts[];
  has(hash: Id): boolean;
  hashes(): Id[];
  dictionaries(): DictionaryFacts[];
  openAlarms(): AlarmState[];
  /** The events that tell a dictionary from nothing: its tag versions, then itself without a parent. */
  whole(hash: Id): RigEvent[];
  /** The definitions that stand on events frames with keys from `first` to `last`, as events. */
  toldBy(first: number, last: number): RigEvent[];
  /** The newest version of every tag. */
  newestTags(): TagVersion[];
  /** The dictionary of the newest telemetry, with the hashes of its tag versions. */
  newestDictionary(): { hash: Id; tags: Id[] } | null;
}

const Definition = z.discriminatedUnion("type", [TagEvent, DictionaryEvent]);

/** Whether events must go up before the telemetry that needs them. */
export function isFoundation(events: readonly RigEvent[]): boolean {
  return events.some(({ type }) => type === "epoch" || type === "tag" || type === "dictionary");
}

export function openDefinitions(db: Sqlite): Definitions {
  const numbers = epochNumbers(db);
  const define = db.prepare(
    "insert into definition (hash, kind, body, frame) values (?, ?, ?, ?) on conflict (hash) do update set body = excluded.body, frame = excluded.frame",
  );
  const find = db.prepare<[Id], { body: string; frame: number }>("select body, frame from definition where hash = ?");
  const exists = db.prepare<[Id], number>("select 1 from definition where hash = ?").pluck();
  const hashes = db.prepare<[], Id>("select hash from definition").pluck();
  const dictionaries = db.prepare<[], Id>("select hash from definition where kind = 'dictionary'").pluck();
  const tagBodies = db.prepare<[], string>("select body from definition where kind = 'tag' order by frame").pluck();
  const bodiesAt = db
    .prepare<[number, number], string>("select body from definition where frame between ? and ? order by kind desc")
    .pluck();
  const newest = db.prepare<[], Id>("select hash from dictionary_from order by key desc limit 1").pluck();
  const open = db.prepare(
    "insert into open_alarm (alarm, state) values (?, ?) on conflict (alarm) do update set state = excluded.state",
  );
  const close = db.prepare("delete from open_alarm where alarm = ?");
  const alarms = db.prepare<[], string>("select state from open_alarm order by alarm").pluck();

  function rowOf(hash: Id): { body: string; frame: number } {
    const row = find.get(hash);
    if (row === undefined) throw new DamageError(`definition ${hash} is needed and not in this journal`);
    return row;
  }

  function tagsOf(hash: Id): Id[] {
    const tags = resolveDictionary(hash, (name) => parsed(DictionaryEvent, rowOf(name).body, `dictionary ${name}`));
    if (tags === null) throw new DamageError(`dictionary ${hash} is not in this journal`);
    return tags;
  }

  /** Keys of the events frames that a definition stands on. */
  function needsOf(hash: Id, into: Set<number>): Set<number> {
    const row = rowOf(hash);
    into.add(row.frame);
    const event = parsed(Definition, row.body, `definition ${hash}`);
    if (event.type === "tag") return into;
    for (const tag of event.add) needsOf(tag, into);
    return event.parent === null ? into : needsOf(event.parent, into);
  }

  function factsOf(hash: Id): DictionaryFacts {
    const needs = [...needsOf(hash, new Set())].map((key) => {
      const { epochNo, seq } = partsOf(key);
      return { epoch: numbers.epochOf(epochNo), seq };
    });
    return { hash, needs };
  }

  return {
    learn(events, key) {
      for (const event of events) {
        if (event.type === "tag" || event.type === "dictionary") {
          define.run(event.hash, event.type, JSON.stringify(event), key);
        } else if (event.type === "alarm" && event.state.state === "normal") close.run(event.state.alarm);
        else if (event.type === "alarm") open.run(event.state.alarm, JSON.stringify(event.state));
      }
      return events.filter((event) => event.type === "dictionary").map(({ hash }) => factsOf(hash));
    },
    has: (hash) => exists.get(hash) !== undefined,
    hashes: () => hashes.all(),
    dictionaries: () => dictionaries.all().map(factsOf),
    whole(hash) {
      const tags = tagsOf(hash);
      const told = tags.map((tag) => parsed(TagEvent, rowOf(tag).body, `tag version ${tag}`));
      return [...told, dictionaryEvent(tags, null)];
    },
    toldBy: (first, last) => bodiesAt.all(first, last).map((body) => parsed(Definition, body, "a definition")),
    newestTags() {
      const newest = new Map<Id, TagVersion>();
      for (const body of tagBodies.all()) {
        const { version } = parsed(TagEvent, body, "a tag version");
        if ((newest.get(version.id)?.validFrom ?? Number.NEGATIVE_INFINITY) <= version.validFrom)
          newest.set(version.id, version);
      }
      return [...newest.values()];
    },
    newestDictionary() {
      const hash = newest.get();
      return hash === undefined ? null : { hash, tags: tagsOf(hash) };
    },
    openAlarms: () => alarms.all().map((state) => parsed(AlarmState, state, "an open alarm")),
  };
}
