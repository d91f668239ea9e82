import { z } from "zod";
import { modbusTables, registerTypes, wordOrders } from "../../../shared/domain/rig-config.ts";
import type { Entry } from "../modbus/map.ts";

/** The first registers of each record's unit (holding): how many of its rows were served, the row's own time (epoch ms, NaN where the row tells none), the row's number in the file. */
export const HEADER: readonly Pick<Entry, "address" | "type" | "column">[] = [
  { address: 0, type: "uint32", column: "count" },
  { address: 2, type: "float64", column: "time" },
  { address: 6, type: "uint32", column: "row" },
];
const FIRST_FREE = 8;

const Column = z.strictObject({
  /** As the file's first line calls it, without blanks around it; a name that comes twice is "name#2" the second time. */
  column: z.string().min(1),
  /** What the value is served as. */
  tag: z.string().min(1),
  /** From the file's unit to the one that is served: cell × scale + offset. */
  scale: z.number().default(1),
  offset: z.number().default(0),
  register: z.strictObject({
    table: z.enum(modbusTables).default("holding"),
    address: z.number().int().min(0).max(65_535),
    type: z.enum(registerTypes).exclude(["string"]).default("float32"),
    order: z.enum(wordOrders).default("ABCD"),
    /** Raw register × scale = the value that is served; a configuration repeats it. */
    scale: z.number().positive().default(1),
  }),
});
export type Column = z.infer<typeof Column>;

const RecordType = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/, "lower snake case"),
  unit: z.number().int().min(0).max(255),
  /** Which rows are of this type: by a key, or because these columns are not empty. */
  when: z.union([
    z.strictObject({ column: z.string(), equals: z.string() }),
    z.strictObject({ filled: z.array(z.string()).min(1) }),
  ]),
  columns: z.array(Column).min(1),
});
export type RecordType = z.infer<typeof RecordType>;

/** How a recorded file is to be read and where its columns are served. */
export const ReplayMap = z
  .strictObject({
    separator: z.string().length(1).default(","),
    time: z.strictObject({
      /** Several are joined with a blank: date and time. */
      columns: z.array(z.string()).min(1),
      /** us: "2/18/2026 1:05:09 PM". iso: with a zone, or without one. */
      format: z.enum(["epoch-ms", "epoch-s", "iso", "us"]),
      /** Minutes east of UTC of times without a zone. */
      offsetMinutes: z.number().default(0),
    }),
    /** Numbers that stand for "no value": served as they are, neither scaled nor hidden. */
    sentinels: z.array(z.number()).default([-32_768, -999.25]),
    /** The first type that fits a row has it. */
    records: z.array(RecordType).min(1),
    /** A row of a type stays at least so long, so that a client that polls faster sees each. */
    dwellMs: z.number().int().min(1).default(250),
    /** The first row comes so long after the first client. */
    startAfterS: z.number().min(0).default(5),
  })
  .superRefine((map, context) => {
    for (const [r, record] of map.records.entries())
      for (const [c, { register }] of record.columns.entries())
        if (register.table === "holding" && register.address < FIRST_FREE)
          context.addIssue({
            code: "custom",
            path: ["records", r, "columns", c, "register", "address"],
            message: `holding registers 0 to ${FIRST_FREE - 1} are the record's count, time and row`,
          });
  });
export type ReplayMap = z.infer<typeof ReplayMap>;

/** Where everything of a map is served; the name of a value is its record's and its own: "drilling.hook_load", "drilling.count". */
export function entriesOf(map: ReplayMap): Entry[] {
  return map.records.flatMap((record) => [
    ...HEADER.map(({ address, type, column }) => ({
      unit: record.unit,
      table: "holding" as const,
      address,
      type,
      order: "ABCD" as const,
      scale: 1,
      column: `${record.name}.${column}`,
    })),
    ...record.columns.map(({ tag, register: { table, address, type, order } }) => ({
      unit: record.unit,
      table,
      address,
      type,
      order,
      // The row is scaled when it is read: a sentinel is not.
      scale: 1,
      column: `${record.name}.${tag}`,
    })),
  ]);
}
