import type { ModbusDevice, Register } from "../../../shared/domain/rig-config.ts";

type Table = Register["table"];

/** One tag's place in the device: `tag` counts from 0 in the order of the configuration. */
export interface Item {
  tag: number;
  unit: number;
  table: Table;
  /** First register, or bit in the tables of bits. */
  from: number;
  /** One past the last. */
  to: number;
}

/** What one request reads; every item lies wholly in it. */
export interface RegisterSpan {
  unit: number;
  table: Table;
  from: number;
  to: number;
  items: Item[];
}

export interface PlanLimits {
  /** Registers of one read; 16 times as many bits, up to what the protocol allows. */
  maxRegisters: number;
  /** Registers that no tag uses and that may be read along, in one run. */
  maxGap: number;
  /** Addresses that are never touched, both ends included. */
  forbidden: readonly { table: Table; from: number; to: number }[];
}

/** Most bits in one read (Modbus Application Protocol 6.1). */
const maxBits = 2_000;

/** Registers that a value takes; 1 bit in the tables of bits. */
function widthOf(register: Register): number {
  switch (register.type) {
    case "bool":
    case "int16":
    case "uint16":
      return 1;
    case "int32":
    case "uint32":
    case "float32":
      return 2;
    case "int64":
    case "uint64":
    case "float64":
      return 4;
    case "string":
      return register.words;
  }
}

/** Where each tag of a device lies. */
export function itemsOf(device: Pick<ModbusDevice, "unitId" | "tags">): Item[] {
  return device.tags.map(({ register }, tag) => ({
    tag,
    unit: register.unitId ?? device.unitId,
    table: register.table,
    from: register.address,
    to: register.address + widthOf(register),
  }));
}

/** Items that no allowed request can read, because they are too long, end past the last address or lie in a forbidden span. */
export function unreadable(items: readonly Item[], limits: PlanLimits): Item[] {
  return items.filter(
    (item) => item.to > 65_536 || item.to - item.from > longest(item.table, limits) || touches(item, limits),
  );
}

/**
 * The fewest requests that read every readable item: each starts at the first item that is not read yet and reaches as far as it may.
 * That is optimal: a request that starts there and reaches farthest reads all that any other such request reads.
 * A value is never split over two requests.
 */
export function planOf(items: readonly Item[], limits: PlanLimits): RegisterSpan[] {
  const skipped = new Set(unreadable(items, limits));
  const groups = Map.groupBy(
    items.filter((item) => !skipped.has(item)),
    (item) => `${item.unit} ${item.table}`,
  );
  return [...groups.values()].flatMap((group) => spansOf(group, limits));
}

function spansOf(group: readonly Item[], limits: PlanLimits): RegisterSpan[] {
  const sorted = group.toSorted((a, b) => a.from - b.from || a.to - b.to);
  const spans: RegisterSpan[] = [];
  let left = sorted;
  for (let first = left[0]; first !== undefined; first = left[0]) {
    const end = reach(first, left, sorted, limits);
    const items = left.filter((item) => item.to <= end);
    spans.push({ unit: first.unit, table: first.table, from: first.from, to: end, items });
    left = left.filter((item) => item.to > end);
  }
  return spans;
}

/** The greatest end of a valid request that starts at `first`. Registers of any tag count as used, whichever request reads them. */
function reach(first: Item, left: readonly Item[], mapped: readonly Item[], limits: PlanLimits): number {
  const most = Math.min(first.from + longest(first.table, limits), wall(first, limits));
  let used = first.from;
  let end = first.to;
  for (const item of mapped) {
    if (item.to <= first.from) continue;
    if (item.from >= most || item.from - used > limits.maxGap) break;
    used = Math.max(used, Math.min(item.to, most));
    if (item.to <= most && item.to > end && item.from >= first.from) end = item.to;
  }
  // Back to the end of an item that still has to be read: nothing is read along for its own sake.
  return left.reduce((last, item) => (item.to <= end ? Math.max(last, item.to) : last), first.to);
}

function longest(table: Table, limits: PlanLimits): number {
  return table === "coil" || table === "discrete" ? Math.min(maxBits, limits.maxRegisters * 16) : limits.maxRegisters;
}

/** First forbidden address at or behind the item. */
function wall(item: Item, limits: PlanLimits): number {
  return limits.forbidden.reduce(
    (nearest, span) => (span.table === item.table && span.to >= item.from ? Math.min(nearest, span.from) : nearest),
    65_536,
  );
}

function touches(item: Item, limits: PlanLimits): boolean {
  return limits.forbidden.some((span) => span.table === item.table && span.from < item.to && span.to >= item.from);
}

/**
 * A span that the device refuses, in pieces to try instead: without the unused registers that were read along, else in halves.
 * So one wrong address costs the others nothing. Empty where only one item is left.
 */
export function piecesOf(span: RegisterSpan): RegisterSpan[] {
  if (span.items.length < 2) return [];
  const runs: Item[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const item of span.items) {
    if (item.from > end) runs.push([]);
    runs.at(-1)?.push(item);
    end = Math.max(end, item.to);
  }
  const middle = span.items.length >> 1;
  const parts = runs.length > 1 ? runs : [span.items.slice(0, middle), span.items.slice(middle)];
  return parts.map((items) => ({
    ...span,
    from: Math.min(...items.map((item) => item.from)),
    to: Math.max(...items.map((item) => item.to)),
    items,
  }));
}
