import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Request } from "./modbus/frame.ts";

/**
 * What the rig served, and when: one JSON object a line, `at` in epoch ms of this machine.
 *
 *   {"k":"begin","at":…, …}                          the rig is ready: seed, speed, rate (Hz), faults, ports
 *   {"k":"tick","at":…,"tick":T}                     from now on all registers show tick T
 *   {"k":"served","at":…,"tick":T,"unit":U,"table":"holding","address":A,"registers":N}
 *                                                    an answer that holds a unit's whole tick counter went to a client;
 *                                                    in a replay "record", "count" and "row" instead of "tick";
 *                                                    "spoilt" beside it names the misbehaviour, where there was one
 *   {"k":"requests","at":…,"got":[[unit, function code, address, count, times, refused], …]}
 *                                                    requests of the second that ends at `at`; refused: answered by an
 *                                                    exception, or not at all
 *   {"k":"logger","at":…,"tick":T}                   the OPC UA nodes show the values of tick T, with this source time
 *   {"k":"row","at":…,"row":R,"record":NAME,"count":C,"source":MS,"cells":{TAG:…, …}}
 *                                                    replay: row R of the file (from 1), the C-th of its record type, is
 *                                                    served from now on; source is its own time (null: none); a cell is a
 *                                                    number in the unit that is served, {"sentinel":N}, "nan", "infinite",
 *                                                    "-infinite", "empty" or "text"; "record" is null for a row that fits no type, not served
 *   {"k":"replayed","at":…,"rows":N}                 the file is at its end
 *   {"k":"fault","at":…,"time":S,"active":[…]}       the faults at work have changed; S is the simulated second
 *   {"k":"end","at":…}                               the rig stopped in an orderly way
 */
export interface Ledger {
  write(line: Record<string, unknown> & { k: string; at: number }): void;
  /** Counts a request; the counts of a second become one line. */
  count(request: Request, refused: boolean): void;
  /** Writes what is left and the line "end". */
  close(): void;
}

const FLUSH_MS = 1_000;

/** Appends to `file`. Buffered: a kill loses the last second at most. */
export function openLedger(file: string): Ledger {
  mkdirSync(dirname(file), { recursive: true });
  const handle = openSync(file, "a");
  let lines: string[] = [];
  const counts = new Map<string, { key: number[]; times: number; refused: number }>();

  function write(line: { k: string; at: number }): void {
    lines.push(JSON.stringify(line));
  }

  function total(): void {
    if (counts.size > 0) {
      const got = [...counts.values()].map(({ key, times, refused }) => [...key, times, refused]);
      lines.push(JSON.stringify({ k: "requests", at: Date.now(), got }));
      counts.clear();
    }
  }

  function flush(): void {
    total();
    if (lines.length === 0) return;
    writeSync(handle, `${lines.join("\n")}\n`);
    lines = [];
  }

  const timer = setInterval(flush, FLUSH_MS);
  return {
    write,
    count(request, refused) {
      const key = [request.unit, request.functionCode, request.address, request.count];
      const name = key.join(" ");
      const seen = counts.get(name) ?? { key, times: 0, refused: 0 };
      seen.times += 1;
      if (refused) seen.refused += 1;
      counts.set(name, seen);
    },
    close() {
      clearInterval(timer);
      total();
      write({ k: "end", at: Date.now() });
      flush();
      closeSync(handle);
    },
  };
}
