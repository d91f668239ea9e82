/** A fault that is asked for: which, on what, from when to when (simulated seconds since the start). */
export interface Fault {
  /** As it was asked for, without the times: "washout", "flatline:mud_pressure". */
  name: string;
  kind: FaultKind;
  /** The tag that it is on; undefined for a fault of the process. */
  tag: string | undefined;
  from: number;
  to: number;
}

/** Of the process. */
export const processFaults = ["washout"] as const;
/** Of a sensor: it sticks, shows no number, its register is not answered, its whole unit is silent, or it calls itself doubtful (OPC UA only). */
const sensorFaults = ["flatline", "nan", "dropout", "silent", "uncertain"] as const;
export type FaultKind = (typeof processFaults)[number] | (typeof sensorFaults)[number];

const form = /^([a-z]+)(?::([a-z0-9_.]+))?@(\d+(?:\.\d+)?)(?:\+(\d+(?:\.\d+)?))?$/;

/**
 * Reads "washout@600", "flatline:mud_pressure@120" or, for 60 s only, "nan:gas@60+60".
 * Throws with what is wrong: unknown kind, unknown or missing tag.
 */
export function faultOf(text: string, tags: readonly string[]): Fault {
  const match = form.exec(text);
  if (!match) throw new Error(`fault "${text}": expected KIND@SECONDS, KIND:TAG@SECONDS or KIND:TAG@SECONDS+DURATION`);
  const [, word, tag, from, lasts] = match;
  const kind = [...processFaults, ...sensorFaults].find((one) => one === word);
  if (kind === undefined)
    throw new Error(`fault "${text}": no such kind; there are ${[...processFaults, ...sensorFaults].join(", ")}`);
  const ofProcess = processFaults.some((one) => one === kind);
  if (ofProcess !== (tag === undefined))
    throw new Error(`fault "${text}": ${ofProcess ? "takes no tag" : `needs a tag, e.g. ${kind}:torque`}`);
  if (tag !== undefined && !tags.includes(tag)) throw new Error(`fault "${text}": the rig has no tag "${tag}"`);
  return {
    name: tag === undefined ? kind : `${kind}:${tag}`,
    kind,
    tag,
    from: Number(from),
    to: lasts === undefined ? Number.POSITIVE_INFINITY : Number(from) + Number(lasts),
  };
}

export function isActive(fault: Fault, time: number): boolean {
  return time >= fault.from && time < fault.to;
}
