import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { Ledger } from "../ledger.ts";
import { startModbusServer } from "../modbus/server.ts";
import type { OpcuaServer } from "../opcua/server.ts";
import type { Options } from "../options.ts";
import type { Running } from "../rig.ts";
import { witness } from "../served.ts";
import { type Board, openBoard } from "./board.ts";
import { rowsOf } from "./csv.ts";
import { ReplayMap } from "./map.ts";
import { pacing } from "./pacing.ts";
import { type Row, rowOf } from "./row.ts";

/** Reads a map file. Throws with the path of what is wrong in it. */
export function readMap(file: string): ReplayMap {
  const map = ReplayMap.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!map.success) throw new Error(`${file}: ${z.prettifyError(map.error)}`);
  return map.data;
}

/**
 * Serves a recorded file instead of a simulation: its rows in file order, each once, over Modbus (a unit a record type)
 * and OPC UA (nodes "ns=1;s=RECORD.TAG", with the row's own time). Begins when the first client is there.
 */
export async function startReplay(options: Options, file: string, map: ReplayMap, ledger: Ledger): Promise<Running> {
  const board = openBoard(map);
  const stopped = new AbortController();
  const { signal } = stopped;
  let met = false;

  const told = witness(ledger, board.entries, (column) => {
    const [record = "", what] = column.split(".");
    return what === "count" ? { record, ...board.shownOf(record) } : undefined;
  });
  const modbus = await startModbusServer({
    image: board.image,
    port: options.modbus,
    host: options.host,
    misbehave: options.misbehave,
    onRequest(...request) {
      met = true;
      told(...request);
    },
  });
  const opcua = options.opcua === undefined ? undefined : await startRecordNodes(options, options.opcua, board);

  async function run(): Promise<void> {
    while (!met && (opcua?.sessions() ?? 0) === 0) await pause(50, undefined, { signal });
    await pause(map.startAfterS * 1_000, undefined, { signal });
    const due = pacing(options.speed, map.dwellMs, performance.now());
    let number = 0;
    for await (const cells of rowsOf(file, map.separator)) {
      number += 1;
      const row = rowOf(cells, map);
      if (row) await pause(Math.max(0, due(row.record.name, row.time) - performance.now()), undefined, { signal });
      serve(row, number, board, opcua, ledger);
    }
    ledger.write({ k: "replayed", at: Date.now(), rows: number });
    console.log(JSON.stringify({ replayed: number }));
  }

  const done = run().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return {
    ports: { modbus: modbus.port, opcua: opcua?.port ?? null },
    async stop() {
      stopped.abort();
      await done;
      await Promise.all([modbus.close(), opcua?.close()]);
    },
  };
}

/** Puts a row up for both servers and into the ledger; one that fits no type only into the ledger. */
function serve(
  row: Row | undefined,
  number: number,
  board: Board,
  opcua: OpcuaServer | undefined,
  ledger: Ledger,
): void {
  const at = Date.now();
  if (!row) {
    ledger.write({ k: "row", at, row: number, record: null, count: null, source: null });
    return;
  }
  const record = row.record.name;
  const count = board.show(row, number);
  const source = Number.isNaN(row.time) ? null : row.time;
  const own = new Set(board.columns.filter((column) => column.startsWith(`${record}.`)));
  opcua?.show(board.values, board.missing, source ?? at, own);
  const cells = Object.fromEntries(row.record.columns.map(({ tag }, i) => [tag, row.told[i] ?? "empty"]));
  ledger.write({ k: "row", at, row: number, record, count, source, cells });
}

async function startRecordNodes(options: Options, port: number, { columns }: Board): Promise<OpcuaServer> {
  const { startOpcuaServer } = await import("../opcua/server.ts");
  const nodes = columns.map((column) => ({ column, node: `ns=1;s=${column}`, type: "Double" as const }));
  return startOpcuaServer({ nodes, columns, folder: join(options.data, "rig", "pki"), port, host: options.host });
}
