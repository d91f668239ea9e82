import { randomUUID } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { dictionaryOf, type RigDictionary } from "../../edge/dictionary.ts";
import type { RunRecord } from "../../edge/journal/frames.ts";
import { type Journal, openJournal } from "../../edge/journal/journal.ts";
import { Block } from "../../shared/domain/reading.ts";
import { newId } from "../../shared/node/id.ts";
import { addChecksums, noChecksum } from "../../shared/wire/checksum.ts";
import { decodeFrameHead, encodeFrame } from "../../shared/wire/frame.ts";
import { hash64 } from "../../shared/wire/hash64.ts";
import type { Series } from "./series.ts";

/** A journal of the edge that a series can be written into, as the gateway writes its ticks. */
export interface DayJournal {
  journal: Journal;
  record: RunRecord;
  dictionary: RigDictionary;
  /** Commits one tick of the rows `first` to `last` (in the time of the series unless told otherwise); gives its readings. */
  tick(first: number, last?: number, timeOf?: (row: number) => number): Promise<number>;
  /** Commits the rows `first` to `last`, one tick each, as fast as it goes; gives the readings in them. */
  write(first: number, last: number): Promise<number>;
  /** All that was written since the last time counts as delivered, as after a receipt for it. */
  free(): Promise<void>;
}

/** Opens (or makes) the journal at `path` and tells it the series' tags. `compactMs`: how often delivered frames are packed. */
export async function openDayJournal(
  path: string,
  series: Series,
  compactMs?: number,
  budgetBytes = 4_000_000_000,
): Promise<DayJournal> {
  const record: RunRecord = {
    epoch: newId(),
    boot: hash64(randomUUID()),
    software: "bench",
    origin: "simulated",
    startedAt: series.start,
    rigName: "bench",
    well: null,
    timeZone: "UTC",
  };
  const journal = await openJournal({
    path,
    record,
    budgetBytes,
    waitingBytes: 64_000_000,
    ...(compactMs === undefined ? {} : { compactMs }),
  });
  const dictionary = dictionaryOf(series.tags, journal.opening);
  const timeAt = (receivedAt: number) => ({
    receivedAt,
    mono: receivedAt - series.start + 5_000,
    clock: "synchronised" as const,
  });
  for (const events of dictionary.untold) await journal.append({ stream: "events", ...timeAt(series.start), events });
  const readings = new Block(4_096);
  let checksum = noChecksum;
  let ticks = 0;
  let freed = 0;

  function tick(first: number, last = first, timeOf = (row: number) => series.start + row * 1_000): Promise<number> {
    readings.clear();
    for (let row = first; row <= last; row++) series.fill(readings, row, timeOf(row));
    const time = timeAt(timeOf(last));
    const body = encodeFrame(readings, dictionary.list, { ...time, dictionary: dictionary.hash });
    const count = readings.length;
    checksum = addChecksums(checksum, decodeFrameHead(body).checksum);
    ticks += 1;
    return journal.append({ stream: "telemetry", ...time, dictionary: dictionary.hash, count, body }).then((kept) => {
      if (!kept) throw new Error("the journal had no room in RAM");
      return count;
    });
  }

  return {
    journal,
    record,
    dictionary,
    tick,
    async write(first, last) {
      let sum = 0;
      for (let row = first; row <= last; row += 500) {
        const group = Array.from({ length: Math.min(500, last - row + 1) }, (_, i) => tick(row + i));
        for (const count of await Promise.all(group)) sum += count;
        await turn();
      }
      return sum;
    },
    async free() {
      const ranges = [{ first: freed + 1, last: ticks }];
      const settled = await journal.settle([
        { type: "free", undivided: false, epoch: record.epoch, stream: "telemetry", ranges, checksum },
      ]);
      if (settled?.[0]?.type !== "freed") throw new Error("the journal did not free what was written");
      freed = ticks;
      checksum = noChecksum;
    },
  };
}
