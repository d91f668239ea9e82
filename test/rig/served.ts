import type { Ledger } from "./ledger.ts";
import { type Request, tableOf } from "./modbus/frame.ts";
import { widthOf } from "./modbus/image.ts";
import type { Entry } from "./modbus/map.ts";
import type { ModbusServerOptions } from "./modbus/server.ts";

/** What the counter in this column shows now, for the ledger; undefined where the column is no counter. */
export type CounterLine = (column: string) => Record<string, unknown> | undefined;

/** Writes each request to the ledger, and each answer that holds the whole of a counter. */
export function witness(
  ledger: Ledger,
  entries: readonly Entry[],
  line: CounterLine,
): NonNullable<ModbusServerOptions["onRequest"]> {
  const counters = entries.filter((entry) => line(entry.column) !== undefined);
  const holds = (request: Request, entry: Entry) =>
    entry.unit === request.unit &&
    entry.table === tableOf(request.functionCode) &&
    entry.address >= request.address &&
    entry.address + widthOf(entry.type) <= request.address + request.count;
  return (request, answered, spoilt) => {
    ledger.count(request, !answered);
    const shown = answered && counters.find((entry) => holds(request, entry));
    if (!shown) return;
    const { unit, functionCode, address, count } = request;
    const read = { unit, table: tableOf(functionCode), address, registers: count };
    const note = spoilt === "none" ? {} : { spoilt };
    ledger.write({ k: "served", at: Date.now(), ...line(shown.column), ...read, ...note });
  };
}
