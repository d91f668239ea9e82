import type { EventRow } from "../../cloud/archive/history.ts";
import { AlarmState } from "../../shared/domain/alarm.ts";
import { catalogue } from "../../shared/domain/catalogue.ts";
import type { EpochRecord } from "../../shared/domain/event.ts";
import { BAD, Block, GOOD, reasonCode, UNCERTAIN } from "../../shared/domain/reading.ts";
import { TagVersion } from "../../shared/domain/tag.ts";
import { rigTags } from "../rig/physics/sensors.ts";
import { simulate } from "../rig/physics/simulate.ts";

const names = [
  "depth",
  "bit_depth",
  "block_position",
  "hook_load",
  "wob",
  "rop",
  "rpm",
  "torque",
  "mud_pressure",
  "mud_flow",
  "flow_out",
  "pit_volume",
  "gas",
  "rig_state",
];

/** Tags of a drilling rig, in the order of `sampleOf`; the last is a model's score. */
export const drillingTags: readonly TagVersion[] = [...names, "score.hydraulics"].map((name, no) => {
  const sensor = catalogue.find((one) => one.name === name);
  const score = name.startsWith("score");
  return TagVersion.parse({
    id: (no + 0x1000).toString(16).padStart(16, "0"),
    name,
    label: sensor?.label ?? name,
    unit: score ? "score" : (sensor?.unit ?? "code"),
    kind: { type: "double" },
    limits: score
      ? { h: { at: 0.6, priority: 2 } }
      : { ...sensor?.limits, ...(name === "mud_pressure" ? { normal: [3_060, 3_300] } : {}) },
    source: score ? "model" : "plc",
    validFrom: 0,
  });
});

/** The id of a tag by its name. */
const idOf = (name: string) => drillingTags.find((tag) => tag.name === name)?.id ?? "";

export interface DrillingRig {
  name: string;
  well: string;
  seed: number;
  depth: number;
  /** Seconds of readings until `now`. */
  seconds: number;
  now: number;
  /** How long the rig has been silent, ms. */
  silentMs?: number;
  alarms?: AlarmState[];
}

/** A simulated rig's last minutes, as smallHistory takes them: pit volume is uncertain, gas has a bad reading at the end. */
export function drillingRig({ name, well, seed, depth, seconds, now, silentMs = 0, alarms = [] }: DrillingRig) {
  const simulation = simulate({ seed, hz: 1, startDepth: depth });
  const readings = new Block();
  const end = now - silentMs;
  for (let s = 0; s < seconds; s++) addSample(readings, simulation.next(), end - (seconds - 1 - s) * 1_000);
  const record: EpochRecord = {
    type: "epoch",
    epoch: "00000000000000e1",
    predecessor: null,
    boot: "00000000000000b1",
    software: "0.1.0",
    origin: "simulated",
    startedAt: end - seconds * 1_000,
    rigName: name,
    well,
    timeZone: "America/Chicago",
    openAlarms: [],
  };
  const row = (seq: number, at: number, event: EventRow["event"]): EventRow => ({
    epoch: record.epoch,
    seq,
    at,
    landedAt: at + 300,
    event,
  });
  return {
    tags: [...drillingTags],
    readings,
    simulation,
    alarms,
    events: [
      ...alarms.map((state, i) => row(2 + i, state.raisedAt, { type: "alarm", state })),
      row(1, record.startedAt, record),
    ],
    facts: {
      running: record.epoch,
      record,
      /** One that is not silent has always just landed something. */
      get landedAt() {
        return silentMs === 0 ? Date.now() - 200 : end;
      },
      liveAt: end,
    },
  };
}

/** Appends one second of all tags. */
export function addSample(readings: Block, { values }: { values: ArrayLike<number> }, at: number): void {
  for (const [no, { name }] of drillingTags.entries()) {
    const value = name.startsWith("score") ? 0.2 : (values[rigTags.indexOf(name)] ?? Number.NaN);
    if (name === "pit_volume") readings.push(no, at, value, UNCERTAIN, reasonCode("flat line"));
    else if (name === "gas") readings.push(no, at, value, BAD, reasonCode("outside its range"));
    else readings.push(no, at, value, GOOD, 0);
  }
}

/** An alarm of a tag of these rigs. */
export function drillingAlarm(
  name: string,
  text: string,
  more: Partial<AlarmState> & { raisedAt: number },
): AlarmState {
  return AlarmState.parse({
    alarm: `${idOf(name)}:l`,
    tag: idOf(name),
    name,
    text,
    condition: "l",
    priority: 2,
    state: "unacknowledged",
    value: 2_936,
    limit: 3_060,
    unit: drillingTags.find((tag) => tag.name === name)?.unit ?? "",
    changedAt: more.raisedAt,
    acknowledgedAt: null,
    acknowledgedBy: null,
    cannotJudge: false,
    ...more,
  });
}
