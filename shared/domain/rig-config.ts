import { z } from "zod";
import { sensorOf } from "./catalogue.ts";
import { Id, RigId } from "./id.ts";
import { MqttUrl } from "./mqtt-url.ts";
import { Kind, Limits } from "./tag.ts";
import { Unit } from "./units.ts";

const Short = z.string().trim().min(1).max(160).optional();
/** What people should know of an alarm, in a few words each: what is likely behind it, what follows if nobody acts, what to do. */
const Advice = z.strictObject({ cause: Short, consequence: Short, action: Short });

/** What every tag of a device says, whatever the protocol. */
const tagBase = {
  /** Made once, where the tag is made; never changed. */
  id: Id,
  /** A name or alias of the sensor catalogue, or the rig's own (then unit and label are needed). */
  name: z.string().regex(/^[a-z][a-z0-9_.]{0,79}$/, "lower snake case, dots allowed"),
  label: z.string().min(1).max(80).optional(),
  unit: Unit.optional(),
  /** Overrides the catalogue's, key by key. */
  limits: Limits.partial().optional(),
  /** Shown with its alarms, by limit; `quality` where it has no good value or stands still. */
  advice: z.strictObject({ ll: Advice, l: Advice, h: Advice, hh: Advice, quality: Advice }).partial().optional(),
  /** Raw values that mean "no value", e.g. -32768. */
  sentinels: z.array(z.number()).default([]),
};

export const modbusTables = ["coil", "discrete", "input", "holding"] as const;
/** Word order of 32- and 64-bit values: A is the most significant byte. */
export const wordOrders = ["ABCD", "CDAB", "BADC", "DCBA"] as const;
export const registerTypes = [
  "bool",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "float32",
  "int64",
  "uint64",
  "float64",
  "string",
] as const;

const Register = z.strictObject({
  table: z.enum(modbusTables),
  /** Zero-based, as on the wire. */
  address: z.number().int().min(0).max(65_535),
  type: z.enum(registerTypes),
  order: z.enum(wordOrders).default("ABCD"),
  /** Registers of a string. */
  words: z.number().int().min(1).max(60).default(1),
  /** Another unit behind the same connection. */
  unitId: z.number().int().min(0).max(255).optional(),
});
export type Register = z.infer<typeof Register>;

const ModbusTag = z.strictObject({
  ...tagBase,
  register: Register,
  scale: z.number().default(1),
  offset: z.number().default(0),
});
export type ModbusTag = z.infer<typeof ModbusTag>;

/** A connection to a Modbus TCP server; several units may answer behind it. */
const ModbusDevice = z.strictObject({
  driver: z.literal("modbus"),
  name: z.string().min(1).max(80),
  /** Shown with the alarm that it does not answer. */
  advice: Advice.optional(),
  host: z.string().min(1),
  port: z.number().int().min(1).max(65_535).default(502),
  unitId: z.number().int().min(0).max(255).default(1),
  pollMs: z.number().int().min(20).max(3_600_000).default(1_000),
  timeoutMs: z.number().int().min(20).max(60_000).default(800),
  /** Requests under way at once; most PLCs take one. */
  inFlight: z.number().int().min(1).max(16).default(1),
  /** Registers that the device answers at most in one read. */
  maxRegisters: z.number().int().min(1).max(125).default(125),
  /** Unused registers that may be read along to save a request. */
  maxGap: z.number().int().min(0).max(124).default(16),
  /** Address spans that must never be touched, [first, last]. */
  forbidden: z
    .array(z.strictObject({ table: z.enum(modbusTables), from: z.number().int(), to: z.number().int() }))
    .default([]),
  tags: z.array(ModbusTag).min(1),
});
export type ModbusDevice = z.infer<typeof ModbusDevice>;

const OpcuaTag = z.strictObject({
  ...tagBase,
  node: z.string().min(3),
  kind: Kind.default({ type: "double", scale: 1, offset: 0 }),
});
export type OpcuaTag = z.infer<typeof OpcuaTag>;

const OpcuaDevice = z.strictObject({
  driver: z.literal("opcua"),
  name: z.string().min(1).max(80),
  /** Shown with the alarm that it does not answer. */
  advice: Advice.optional(),
  endpoint: z.string().startsWith("opc.tcp://"),
  pollMs: z.number().int().min(20).max(3_600_000).default(1_000),
  samplingMs: z.number().int().min(10).default(500),
  publishingMs: z.number().int().min(50).default(1_000),
  /** What a server is to tell: another value or status, or also the same one under a new source time (not every server can). */
  trigger: z.enum(["value", "timestamp"]).default("value"),
  timeoutMs: z.number().int().min(100).max(60_000).default(5_000),
  tags: z.array(OpcuaTag).min(1),
});
export type OpcuaDevice = z.infer<typeof OpcuaDevice>;

export const DeviceConfig = z.discriminatedUnion("driver", [ModbusDevice, OpcuaDevice]);
export type DeviceConfig = z.infer<typeof DeviceConfig>;

const Bytes = z.number().int().min(1_000);
const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "hh:mm of 24 hours");

/** How the rig deals with a link that is thin, or paid by the byte. */
const UplinkConfig = z.strictObject({
  /** Bytes over the connection, both ways, MQTT's own included, those of TCP and TLS not; what is absent is not bounded. The day is the rig's. */
  budget: z.strictObject({ hour: Bytes.optional(), day: Bytes.optional(), month: Bytes.optional() }).default({}),
  /** Live goes this often, with all ticks since; 0: each tick at once. */
  liveMs: z.number().int().min(0).max(600_000).default(0),
  /** When a budget is nearly spent a preview of the newest tick goes this often instead of live; the ticks themselves wait. */
  previewMs: z.number().int().min(1_000).max(3_600_000).default(10_000),
  /** Names of the tags that a preview shows; none: all. */
  previewTags: z.array(z.string()).max(1_000).default([]),
  /** Times of day at which backfill may go, in the rig's time zone; none: at any time. One that ends before it begins passes midnight. */
  windows: z
    .array(z.strictObject({ from: TimeOfDay, to: TimeOfDay }))
    .max(24)
    .default([]),
  /** Bytes that may go past budget and windows for what the office asks for: what all its open requests may still spend together, and of a month. */
  asked: z
    .strictObject({ openBytes: Bytes.default(200_000_000), monthBytes: Bytes.default(1_000_000_000) })
    .prefault({}),
});
export type UplinkConfig = z.infer<typeof UplinkConfig>;

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
    return true;
  } catch {
    return false;
  }
}

/** Everything a rig's daemon is told, in one document. Secrets and addresses of this host come by environment instead. */
export const RigConfig = z
  .strictObject({
    rig: RigId,
    name: z.string().min(1).max(80),
    well: z.string().max(80).nullable().default(null),
    timeZone: z.string().refine(isTimeZone, "is no IANA time zone, e.g. America/Chicago").default("UTC"),
    origin: z.enum(["real", "simulated"]).default("real"),
    tickMs: z.number().int().min(20).max(60_000).default(1_000),
    devices: z.array(DeviceConfig).min(1),
    /** Where the office is; absent on a rig that has none. */
    cloud: z.strictObject({ url: z.url(), mqtt: MqttUrl }).optional(),
    uplink: UplinkConfig.prefault({}),
    scoring: z
      .strictObject({
        model: z.string().regex(/^[a-z0-9-]+$/),
        /** Shown with the score's alarm, by the name of the tag that leads it and the side on which that is off. */
        advice: z.record(z.string(), z.strictObject({ below: Advice, above: Advice }).partial()).optional(),
      })
      .optional(),
    /** Bytes the journal may take on disk. */
    journalBytes: z.number().int().min(10_000_000).default(2_000_000_000),
  })
  .superRefine((config, context) => {
    const seen = { id: new Map<string, string>(), name: new Map<string, string>() };
    const devices = new Map<string, string>();
    for (const [d, device] of config.devices.entries()) {
      const first = devices.get(device.name);
      if (first !== undefined) {
        context.addIssue({
          code: "custom",
          path: ["devices", d, "name"],
          message: `"${device.name}" is defined twice, first at ${first}`,
        });
      }
      devices.set(device.name, first ?? `devices[${d}].name`);
      for (const [t, tag] of device.tags.entries()) {
        for (const key of ["id", "name"] as const) {
          const earlier = seen[key].get(tag[key]);
          if (earlier !== undefined) {
            context.addIssue({
              code: "custom",
              path: ["devices", d, "tags", t, key],
              message: `"${tag[key]}" is defined twice, first at ${earlier}`,
            });
          }
          seen[key].set(tag[key], earlier ?? `devices[${d}].tags[${t}].${key}`);
        }
      }
    }
    for (const [n, name] of config.uplink.previewTags.entries()) {
      if (seen.name.has(name)) continue;
      const message = `no device has a tag "${name}"`;
      context.addIssue({ code: "custom", path: ["uplink", "previewTags", n], message });
    }
    const known = new Set([...seen.name.keys()].map((name) => sensorOf(name)?.name ?? name));
    for (const name of Object.keys(config.scoring?.advice ?? {})) {
      if (known.has(name)) continue;
      const message = `no device has a tag "${name}"`;
      context.addIssue({ code: "custom", path: ["scoring", "advice", name], message });
    }
  });
export type RigConfig = z.infer<typeof RigConfig>;
