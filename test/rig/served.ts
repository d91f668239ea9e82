import type { Ledger } from "./ledger.ts";
import { type Request, tableOf } from "./modbus/frame.ts";
import { widthOf } from "./modbus/image.ts";
import type { Entry } from "./modbus/map.ts";
import type { ModbusServerOptions } from "./modbus/server.ts";

/** Writes each request to the ledger, and each answer that holds the whole of a counter: `line` says what the counter shows now. */
export function witness(
  ledger: Ledger,
  entries: readonly Entry[],
  counter: string,
  line: () => { k: string; at: number } & Record<string, unknown>,
): NonNullable<ModbusServerOptions["onRequest"]> {
  const counters = entries.filter((entry) => entry.column === counter);
  const holds = (request: Request, entry: Entry) =>
    entry.unit === request.unit &&
    entry.table === tableOf(request.functionCode) &&
    entry.address >= request.address &&
    entry.address + widthOf(entry.type) <= request.address + request.count;
  return (request, answered, spoilt) => {
    ledger.count(request, !answered);
    if (!answered || !counters.some((entry) => holds(request, entry))) return;
    const { unit, functionCode, address, count } = request;
    const table = tableOf(functionCode);
    ledger.write({ ...line(), unit, table, address, count, ...(spoilt === "none" ? {} : { spoilt }) });
  };
}
