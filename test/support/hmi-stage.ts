import { unshelve } from "../../edge/alarms/life.ts";
import { shelve } from "../../edge/alarms/shelf.ts";
import { type Latest, openLatest } from "../../edge/hmi/latest.ts";
import { Refused, type RigFacts, type RigView, type TagReadings } from "../../edge/hmi/rig-view.ts";
import type { AdviceByAlarm } from "../../shared/domain/advice.ts";
import type { AlarmState } from "../../shared/domain/alarm.ts";
import type {
  HmiConfiguration,
  HmiCoverage,
  HmiFault,
  HmiLink,
  HmiRig,
  HmiScore,
  HmiState,
  HmiStorage,
} from "../../shared/domain/hmi.ts";
import { Block } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";

/** What a test sets on the stage; the screen's server asks for it as it would ask the daemon. */
export interface Set {
  rig: HmiRig | null;
  state: HmiState | null;
  alarms: AlarmState[];
  /** The alarm journal; the alarms as they are where it is null. */
  changes: AlarmState[] | null;
  advice: AdviceByAlarm;
  score: HmiScore | null;
  link: HmiLink;
  storage: HmiStorage | null;
  fault: HmiFault | null;
  configuration: HmiConfiguration | null;
  facts: RigFacts | null;
  readings: (tag: string, from: number, to: number) => Omit<TagReadings, "tag">;
  coverage: (from: number, to: number) => HmiCoverage;
  records: string[];
}

export interface HmiStage {
  daemon: RigView;
  set: Set;
  latest: Latest;
  /** A reading came: tag by position, value as read, status and reason as a driver gives them. */
  read(tag: number, value: number, status?: number, reason?: number): void;
}

/** The daemon's side of the rig screen without a rig behind it: what the gateway answers, set by a test. Latest values are the real table. */
export function openHmiStage(versions: readonly TagVersion[]): HmiStage {
  const latest = openLatest(versions, () => 1_000);
  const block = new Block();
  const set: Set = {
    rig: null,
    state: null,
    alarms: [],
    changes: null,
    advice: {},
    score: null,
    link: {
      state: "down",
      since: 0,
      reason: "no route",
      roundTripMs: null,
      lastReceiptAt: null,
      unansweredSince: null,
      lanes: [],
      completeTo: null,
      doneAt: null,
      budget: null,
      asked: [],
    },
    storage: null,
    fault: null,
    configuration: null,
    facts: null,
    readings: () => ({
      at: new Float64Array(),
      value: new Float64Array(),
      status: new Uint8Array(),
      reason: new Uint32Array(),
    }),
    coverage: (from, to) => ({ from, to, rig: [], cloud: [], gaps: [], dated: [] }),
    records: [],
  };
  const daemon: RigView = {
    rig: () => set.rig,
    latest: () => (set.fault === null ? latest : null),
    clock: () => "synchronised",
    state: () => set.state,
    alarms: () => set.alarms,
    advice: () => set.advice,
    score: () => set.score,
    link: () => set.link,
    storage: () => set.storage,
    fault: () => set.fault,
    configuration: () => set.configuration,
    facts: () => set.facts,
    readings: async (tags, from, to) => tags.map((tag) => ({ tag, ...set.readings(tag, from, to) })),
    coverage: async (from, to) => set.coverage(from, to),
    alarmHistory: async () => set.changes ?? set.alarms,
    async acknowledge(id, who) {
      const found = set.alarms.find((one) => one.alarm === id && one.state === "unacknowledged");
      if (found === undefined) throw new Refused("There is nothing to acknowledge.");
      const after: AlarmState = {
        ...found,
        state: "acknowledged",
        acknowledgedBy: who,
        acknowledgedAt: 20,
        changedAt: 20,
      };
      set.alarms = set.alarms.map((one) => (one.alarm === id ? after : one));
      return after;
    },
    async shelve(id, { forMs, why }, who) {
      const found = set.alarms.find((one) => one.alarm === id);
      const at = Date.now();
      const after = found && shelve(found, { who, why, forMs }, "0".repeat(16), { at, mono: at });
      if (after == null) throw new Refused("There is nothing to shelve.", { field: "forMs" });
      set.alarms = set.alarms.map((one) => (one.alarm === id ? after : one));
      return after;
    },
    async unshelve(id, who) {
      const found = set.alarms.find((one) => one.alarm === id);
      const after = found && unshelve(found, "by hand", who, Date.now());
      if (after == null) throw new Refused("It is not shelved.");
      set.alarms = set.alarms.flatMap((one) => (one.alarm !== id ? one : after.state === "normal" ? [] : after));
      return after;
    },
    async record(who, _station, what) {
      set.records.push(`${who} ${what}`);
    },
    async recheck() {
      set.fault = null;
    },
    async goBack(who) {
      if ((set.fault?.kept ?? set.configuration?.kept ?? null) === null) throw new Refused("No earlier one is kept.");
      set.fault = null;
      set.records.push(`${who} went back`);
    },
    async takeFile(who) {
      if (set.configuration?.state !== "differs") throw new Refused("The file has errors.");
      set.configuration = { ...set.configuration, state: "same", earlier: null };
      set.records.push(`${who} took the file`);
    },
  };
  return {
    daemon,
    set,
    latest,
    read(tag, value, status = 0, reason = 0) {
      block.clear();
      block.push(tag, Date.now(), value, status, reason);
      latest.show(block);
    },
  };
}
