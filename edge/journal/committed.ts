import type { Id } from "../../shared/domain/id.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { decodeEvents } from "../../shared/wire/events.ts";
import { decodeEventsFrame, decodeFrameHead } from "../../shared/wire/frame.ts";
import type { LastSeqs } from "../../shared/wire/hello.ts";
import { type Stream, streams } from "../../shared/wire/names.ts";
import { isFoundation, openDefinitions } from "./definitions.ts";
import type { Committed, Stored } from "./frames.ts";
import { baseOf, bodyBytes, epochNumbers, MOST_SEQ } from "./schema.ts";

interface Row {
  key: number;
  count: number;
  body: Uint8Array;
}

/** What stands on the disk of an epoch above these seqs, as the commit would have told it. */
export function readCommitted(db: Sqlite, epoch: Id, last: LastSeqs): Committed {
  const numbers = epochNumbers(db);
  if (!numbers.has(epoch)) return { stored: [], dictionaries: [], gone: [], thinned: [] };
  const no = numbers.numberOf(epoch);
  const stored = streams.flatMap((stream) => readStored(db, epoch, stream, baseOf(no, stream), last[stream]));
  return { stored, dictionaries: openDefinitions(db).dictionaries(), gone: [], thinned: [] };
}

function readStored(db: Sqlite, epoch: Id, stream: Stream, base: number, above: number): Stored[] {
  const dictionary = db
    .prepare<[number, number], Id>(
      "select hash from dictionary_from where key between ? and ? order by key desc limit 1",
    )
    .pluck();
  return db
    .prepare<[number, number], Row>(`select key, count, ${bodyBytes} from frame where key between ? and ? order by key`)
    .all(base + above + 1, base + MOST_SEQ)
    .map(({ key, count, body }) => {
      const { receivedAt, mono, clock } = decodeFrameHead(body);
      return {
        epoch,
        stream,
        seq: key - base,
        receivedAt,
        mono,
        clock,
        dictionary: stream === "events" ? null : (dictionary.get(base, key) ?? null),
        foundation: stream === "events" && isFoundation(decodeEvents(decodeEventsFrame(body).json)),
        count,
        bytes: body.length,
      };
    });
}
