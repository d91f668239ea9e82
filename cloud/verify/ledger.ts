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

export interface Ledger {
  served: Served[];
  /** Ticks that a server with subscriptions showed from then on, each told once. */
  shown: { at: EpochMs; tick: number }[];
  /** Rows of a replay that were served. */
  rows: number;
  from: EpochMs | null;
  to: EpochMs | null;
}

const Line = z.looseObject({ k: z.string(), at: z.number() });
const ServedLine = z.looseObject({
  k: z.literal("served"),
  at: z.number(),
  tick: z.number(),
  spoilt: z.string().optional(),
});

const ShownLine = z.looseObject({ k: z.literal("logger"), at: z.number(), tick: z.number() });

/** Reads what the rig served: a JSON object a line, as the simulated rig writes it. A last line that a kill has torn is left out; any other fault throws with its line's number. */
export function readLedger(path: string): Ledger {
  const ledger: Ledger = { served: [], shown: [], rows: 0, from: null, to: null };
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
    const served = ServedLine.safeParse(line);
    if (served.success) {
      const { at, tick, spoilt } = served.data;
      ledger.served.push({ at, tick, spoilt: spoilt !== undefined });
    }
    const shown = ShownLine.safeParse(line);
    if (shown.success) ledger.shown.push({ at: shown.data.at, tick: shown.data.tick });
    if (line.k === "row" && typeof line.record === "string") ledger.rows++;
  }
  return ledger;
}

function lineOf(text: string): z.infer<typeof Line> | null {
  try {
    return Line.parse(JSON.parse(text));
  } catch {
    return null; // what is no JSON is told by its line's number
  }
}
