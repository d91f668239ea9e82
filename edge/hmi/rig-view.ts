import type { AdviceByAlarm } from "../../shared/domain/advice.ts";
import type { AlarmState } from "../../shared/domain/alarm.ts";
import type {
  HmiClock,
  HmiConfiguration,
  HmiCoverage,
  HmiFault,
  HmiLink,
  HmiRig,
  HmiScore,
  HmiState,
  HmiStorage,
} from "../../shared/domain/hmi.ts";
import type { Latest } from "./latest.ts";

/** Readings of one tag in the order of their time, in engineering units; NaN where there was no number. */
export interface TagReadings {
  tag: string;
  at: Float64Array;
  value: Float64Array;
  status: Uint8Array;
  reason: Uint32Array;
}

/** A device and what was polled of it since the start. Counts only rise. */
export interface DeviceFacts {
  name: string;
  driver: string;
  connected: boolean;
  /** When a round of its tags last brought a good reading, ms UTC. */
  lastGoodAt: number | null;
  polls: number;
  pollSeconds: number;
  requests: number;
  failures: number;
  /** Round trip of the last request, ms. */
  lastMs: number | null;
  /** Readings by quality. */
  good: number;
  uncertain: number;
  bad: number;
}

/** What is counted of the way to the cloud. */
export interface LinkCounts {
  /** Over the connection to the broker. */
  sentBytes: number;
  receivedBytes: number;
  /** How often it was dropped for a message that was too large. */
  oversized: number;
  /** Messages that no key of the cloud had signed, or that were none of ours. */
  refused: number;
  /** When the cloud last answered a hello, ms UTC; null before the first. */
  lastAnswerAt: number | null;
  /** The greatest rate that the link bore of late; null where none is known. */
  bytesPerSecond: number | null;
}

/** What a running rig counts of itself. */
export interface RigFacts {
  devices: DeviceFacts[];
  link: LinkCounts;
  /** Bytes of the journal's file, what is free in it included. */
  journalFileBytes: number;
  model: { name: string; answers: number; refusals: number; seconds: number } | null;
}

/** An action that the daemon cannot do, with the reason for the person at the screen; with a field where what was asked does not fit. */
export class Refused extends Error {
  override name = "Refused";
  readonly field: string | undefined;
  constructor(message: string, { field, ...options }: ErrorOptions & { field?: string } = {}) {
    super(message, options);
    this.field = field;
  }
}

/** How long an alarm is to be shelved, and why. */
export interface ShelveAsk {
  forMs: number;
  why: string;
}

/**
 * What the screen's server asks of the daemon that it runs in. Plain questions are answered from memory at once; what needs the disk is a promise
 * and goes through the journal's read-only worker; it rejects with `Refused` while there is none. Every part may be missing: a broken configuration has no latest values and a fault.
 */
export interface RigView {
  rig(): HmiRig | null;
  /** The newest reading of every tag; null while the configuration does not parse. */
  latest(): Latest | null;
  clock(): HmiClock["state"];
  state(): HmiState | null;
  /** Every alarm that is not normal: shelved, suppressed and out of service ones too. */
  alarms(): readonly AlarmState[];
  /** What the configuration says on its alarms; empty while it does not parse. */
  advice(): AdviceByAlarm;
  score(): HmiScore | null;
  link(): HmiLink;
  storage(): HmiStorage | null;
  fault(): HmiFault | null;
  /** The file beside what runs; null while nothing is read. */
  configuration(): HmiConfiguration | null;
  /** Null while nothing runs. */
  facts(): RigFacts | null;
  /** Committed readings of these tags (ids), one entry each, in this order. */
  readings(tags: readonly string[], from: number, to: number): Promise<TagReadings[]>;
  coverage(from: number, to: number): Promise<HmiCoverage>;
  /** Every committed change of an alarm in this span, oldest first: the alarm journal, from which the load follows. */
  alarmHistory(from: number, to: number): Promise<AlarmState[]>;
  /** Resolves with the alarm's new state once its event and the action's are committed; throws `Refused` where there is nothing to acknowledge. */
  acknowledge(alarm: string, who: string, station: string): Promise<AlarmState>;
  /** Puts an open alarm aside for a time. Resolves and throws as `acknowledge` does; `Refused` names the field where the alarm's priority does not allow the time. */
  shelve(alarm: string, ask: ShelveAsk, who: string, station: string): Promise<AlarmState>;
  /** Ends a shelving before its time; the alarm needs somebody again if it is still so. */
  unshelve(alarm: string, who: string, station: string): Promise<AlarmState>;
  /** Records something that a person did at the screen (signed in, signed out) as an action event. */
  record(who: string, station: string, what: string): Promise<void>;
  /** Reads the configuration again now instead of at the next look. */
  recheck(): Promise<void>;
  /** Runs the configuration that last gave good values; the file stays as it is. Resolves once it runs; throws `Refused` where it does not. */
  goBack(who: string, station: string): Promise<void>;
  /** Runs what the file says now. Resolves once it runs; throws `Refused` where it does not. */
  takeFile(who: string, station: string): Promise<void>;
}
