import { readFileSync } from "node:fs";
import { z } from "zod";
import type { EpochMs } from "../../shared/domain/id.ts";

/** An answer with a whole tick counter that the rig gave to a client. */
export interface Served {
  at: EpochMs;
  tick: number;
  /** The rig misbehaved on purpose in this answer. */
  spoilt: boolean;
}

/** What a cell of a replayed row said: a number in the unit that is served, a number that stands for "no value", NAN, an infinity, nothing, or a text that is no number. */
const Told = z.union([
  z.number(),
  z.strictObject({ sentinel: z.number() }),
  z.enum(["nan", "infinite", "-infinite", "empty", "text"]),
]);
export type Told = z.infer<typeof Told>;

/** A row of a replay that was served from `at` on: the `count`-th of its record type. */
export interface LedgerRow {
  at: EpochMs;
  record: string;
  count: number;
  /** Its own time; null where it tells none. */
  source: EpochMs | null;
  /** By the name of the value; with "count", "time" and "row", which are served beside the row's own. */
  cells: ReadonlyMap<string, Told>;
}

export interface Ledger {
  served: Served[];
  /** Ticks that a server with subscriptions showed from then on, each told once. */
  shown: { at: EpochMs; tick: number }[];
  /** Rows of a replay that were served, in their order, and the answers that held the counter of one; `tick` is the count. */
  rows: LedgerRow[];
  rowsServed: (Served & { record: string })[];
  /** Rows that fit no record type and so were not served. */
  rowsUnfit: number;
  from: EpochMs | null;
  to: EpochMs | null;
  /** The rig said that it stopped: nothing can have been served after `to`. */
  ended: boolean;
}

const Line = z.looseObject({ k: z.string(), at: z.number() });
const ServedLine = z.looseObject({
  k: z.literal("served"),
  at: z.number(),
  tick: z.number(),
  spoilt: z.string().optional(),
});
const RowServedLine = z.looseObject({
  ...ServedLine.omit({ tick: true }).shape,
  record: z.string(),
  count: z.number(),
});
const RowLine = z.looseObject({
  k: z.literal("row"),
  at: z.number(),
  row: z.number(),
  record: z.string(),
  count: z.number(),
  source: z.number().nullable(),
  cells: z.record(z.string(), Told),
});
const ShownLine = z.looseObject({ k: z.literal("logger"), at: z.number(), tick: z.number() });

export function emptyLedger(): Ledger {
  return { served: [], shown: [], rows: [], rowsServed: [], rowsUnfit: 0, from: null, to: null, ended: false };
}

/** Reads what the rig served: a JSON object a line, as the simulated rig writes it. A last line that a kill has torn is left out; any other fault throws with its line's number. */
export function readLedger(path: string): Ledger {
  const ledger = emptyLedger();
  const lines = readFileSync(path, "utf8").split("\n");
  for (const [i, text] of lines.entries()) {
    if (text === "") continue;
    const line = lineOf(text);
    if (line === null) {
      if (i === lines.length - 1) break;
      throw new Error(`${path}:${i + 1}: no line of a ledger`);
    }
    ledger.from ??= line.at;
    ledger.to = line.at;
    ledger.ended = line.k === "end";
    take(line, ledger);
  }
  return ledger;
}

function take(line: z.infer<typeof Line>, ledger: Ledger): void {
  const served = ServedLine.safeParse(line);
  if (served.success) {
    const { at, tick, spoilt } = served.data;
    ledger.served.push({ at, tick, spoilt: spoilt !== undefined });
  }
  const answer = RowServedLine.safeParse(line);
  if (answer.success) {
    const { at, record, count, spoilt } = answer.data;
    ledger.rowsServed.push({ at, record, tick: count, spoilt: spoilt !== undefined });
  }
  const shown = ShownLine.safeParse(line);
  if (shown.success) ledger.shown.push({ at: shown.data.at, tick: shown.data.tick });
  const shownRow = RowLine.safeParse(line);
  if (line.k === "row" && line.record === null) ledger.rowsUnfit++;
  if (shownRow.success) {
    const { at, row, record, count, source, cells } = shownRow.data;
    const own = new Map<string, Told>(Object.entries(cells));
    own
      .set("count", count)
      .set("time", source ?? "nan")
      .set("row", row);
    ledger.rows.push({ at, record, count, source, cells: own });
  }
}

function lineOf(text: string): z.infer<typeof Line> | null {
  try {
    return Line.parse(JSON.parse(text));
  } catch {
    return null; // what is no JSON is told by its line's number
  }
}
