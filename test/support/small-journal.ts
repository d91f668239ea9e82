import type { NewTelemetry, RunRecord } from "../../edge/journal/frames.ts";
import { openStore, type Store } from "../../edge/journal/store.ts";
import { Block, GOOD } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { newId } from "../../shared/node/id.ts";
import { addChecksums, noChecksum } from "../../shared/wire/checksum.ts";
import { dictionaryEvent, tagEvent, tagListOf } from "../../shared/wire/dictionary.ts";
import { decodeFrameHead, encodeFrame } from "../../shared/wire/frame.ts";
import type { Checksum, SeqRange } from "../../shared/wire/names.ts";

export const start = 1_700_000_000_000;
const TAGS = 10;

const versions = Array.from(
  { length: TAGS },
  (_, i): TagVersion => ({
    id: i.toString(16).padStart(16, "0"),
    name: `tag_${i}`,
    label: "A tag",
    unit: "psi",
    kind: { type: "scaled", bits: 16, signed: true, scale: 1, offset: 0 },
    limits: { onDelayS: 5, deadband: 0.02 },
    source: "pumps",
    validFrom: 0,
  }),
);
const told = versions.map(tagEvent);
const dictionary = dictionaryEvent(
  told.map(({ hash }) => hash),
  null,
);
const list = tagListOf(versions);
export const smallDictionary = { hash: dictionary.hash, list, told: [...told, dictionary] };

export function recordOf(epoch = newId()): RunRecord {
  const run = { boot: "00000000000000aa", software: "test", origin: "simulated" as const, startedAt: start };
  return { epoch, ...run, rigName: "Rig 1", well: null, timeZone: "UTC" };
}

/** The frame of the `n`th second, of registers that jump about. */
export function frameOf(n: number): NewTelemetry {
  const readings = new Block(TAGS);
  const time = { receivedAt: start + n * 1_000, mono: n * 1_000, clock: "free-running" as const };
  for (let tag = 0; tag < TAGS; tag++) readings.push(tag, time.receivedAt, (n * n * (tag + 17)) % 9_973, GOOD, 0);
  const body = encodeFrame(readings, list, { ...time, dictionary: dictionary.hash });
  return { stream: "telemetry", ...time, dictionary: dictionary.hash, count: readings.length, body };
}

export const framesOf = ({ first, last }: SeqRange): NewTelemetry[] =>
  Array.from({ length: last - first + 1 }, (_, i) => frameOf(first + i));

export function sumOf(frames: readonly NewTelemetry[]): Checksum {
  return frames.map(({ body }) => decodeFrameHead(body).checksum).reduce(addChecksums, noChecksum);
}

export interface SmallJournal {
  store: Store;
  epoch: string;
  /** Stores the frames of these seconds; frame n has seq n where they follow each other from 1. */
  append(range: SeqRange): void;
  /** Says that the cloud holds them. */
  free(range: SeqRange): ReturnType<Store["settle"]>;
  unfree(range: SeqRange): ReturnType<Store["settle"]>;
  /** Packs until there is nothing more to pack; gives how many spans that were. */
  pack(): number;
}

/** A journal's file as its one writing thread has it, which knows the small dictionary. */
export function openSmallJournal(path: string, record = recordOf(), budgetBytes = 50_000_000): SmallJournal {
  const store = openStore(path, record, budgetBytes);
  const { epoch } = record;
  const time = { receivedAt: start, mono: 0, clock: "free-running" as const };
  if (store.opening.defined.length === 0) store.append([{ stream: "events", ...time, events: smallDictionary.told }]);
  return {
    store,
    epoch,
    append: (range) => void store.append(framesOf(range)),
    free: (range) =>
      store.settle([
        {
          type: "free",
          undivided: false,
          epoch,
          stream: "telemetry",
          ranges: [range],
          checksum: sumOf(framesOf(range)),
        },
      ]),
    unfree: (range) => store.settle([{ type: "unfree", epoch, stream: "telemetry", ranges: [range] }]),
    pack() {
      let spans = 0;
      while (store.compact().more) spans += 1;
      return spans;
    },
  };
}
