import { parseArgs } from "node:util";
import { z } from "zod";
import { type Fault, faultOf } from "./faults/fault.ts";
import { type Misbehaviour, misbehaviourOf } from "./modbus/misbehave.ts";
import { rigTags } from "./physics/sensors.ts";

export interface Options {
  seed: number;
  /** Simulated (or recorded) seconds a second. */
  speed: number;
  /** Ticks a second. */
  rate: number;
  faults: Fault[];
  misbehave: Misbehaviour;
  replay: { file: string; map: string } | undefined;
  ledger: string | undefined;
  host: string;
  /** TCP port; 0 takes a free one. */
  modbus: number;
  /** TCP port, or undefined for no OPC UA server; 0 takes a free one. */
  opcua: number | undefined;
  /** Folder that the parts of the demo share. */
  data: string;
}

const port = z.coerce.number().int().min(0).max(65_535);
const Given = z.object({
  seed: z.coerce.number().int().default(14),
  speed: z.coerce.number().positive().max(10_000).default(1),
  rate: z.coerce.number().positive().max(100).default(10),
  MODBUS_PORT: port.default(1502),
  OPCUA_PORT: z.union([z.literal("off"), port]).default(4840),
  RIG_HOST: z.string().default("127.0.0.1"),
  IDRILL_DATA: z.string().min(1).default("./data"),
});

/** What the command line and the environment say. Throws with the name of what is wrong. */
export function optionsOf(args: string[], env: Record<string, string | undefined>): Options {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: "string" },
      speed: { type: "string" },
      rate: { type: "string" },
      fault: { type: "string", multiple: true, default: [] },
      misbehave: { type: "string", default: "none" },
      replay: { type: "string" },
      map: { type: "string" },
      ledger: { type: "string" },
      "opcua-off": { type: "boolean", default: false },
    },
  });
  const given = Given.safeParse({ ...env, ...values });
  if (!given.success) throw new Error(z.prettifyError(given.error));
  if ((values.replay === undefined) !== (values.map === undefined)) throw new Error("--replay and --map go together");
  if (values.replay !== undefined && values.fault.length > 0)
    throw new Error("--fault needs the simulation, not --replay");
  const { OPCUA_PORT } = given.data;
  return {
    seed: given.data.seed,
    speed: given.data.speed,
    rate: given.data.rate,
    faults: values.fault.map((text) => faultOf(text, rigTags)),
    misbehave: misbehaviourOf(values.misbehave),
    replay:
      values.replay === undefined || values.map === undefined ? undefined : { file: values.replay, map: values.map },
    ledger: values.ledger,
    host: given.data.RIG_HOST,
    modbus: given.data.MODBUS_PORT,
    opcua: values["opcua-off"] || OPCUA_PORT === "off" ? undefined : OPCUA_PORT,
    data: given.data.IDRILL_DATA,
  };
}
