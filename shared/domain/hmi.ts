import type { AdviceByAlarm } from "./advice.ts";
import type { AlarmState } from "./alarm.ts";
import type { Quality } from "./reading.ts";
import type { RigState } from "./rig-state.ts";
import type { Limits } from "./tag.ts";

/**
 * What the rig's server tells its screen. Types only, so that the page carries no schemas: page and server are one release.
 * Times named `…At`, `from`, `to`, `since` are epoch ms UTC. `seen` and `mono` are ms of the server's monotonic clock: ages come from them alone.
 */

/** Both clocks of the rig box at the moment of sending. */
export interface HmiClock {
  mono: number;
  wall: number;
  state: "synchronised" | "free-running" | "unknown";
}

/** Whose screen this is. */
export interface HmiRig {
  id: string;
  name: string;
  well: string | null;
  timeZone: string;
  origin: "real" | "simulated";
  epoch: string;
  software: string;
  startedAt: number;
}

/** What the screen needs of a tag version. Its position in the list is the tag's number in `HmiValues`. */
export interface HmiTag {
  id: string;
  name: string;
  label: string;
  unit: string;
  limits: Limits;
  /** How often a value is due; older than three times this (at least 2 s) is stale. */
  intervalMs: number;
  /** Smallest step of the value in its unit; 0 where not known. Decimals follow from it. */
  resolution: number;
  /** Device that it is read from, or what derives it. */
  source: string;
}

/** Newest readings as columns; `tag` is the position in the list of tags. */
export interface HmiValues {
  tag: number[];
  /** The reading's own time. */
  at: number[];
  /** Monotonic time at which the daemon got it. */
  seen: number[];
  /** Engineering value as a number, text as text; null where nothing could be read. A bad reading keeps what was read: the screen shows it on demand only. NaN and infinities come as words. */
  value: (number | string | null)[];
  quality: Quality[];
  /** Why it is not good; null where it is. */
  reason: (string | null)[];
  /** Least and greatest good value of the last 10 min; null where there was none. */
  low: (number | null)[];
  high: (number | null)[];
}

/** What the rig is doing; null while nobody can tell. */
export interface HmiState {
  state: RigState;
  since: number | null;
  /** While `since` is not known: from when on it has been this without a break, as far as this run of the daemon saw. */
  seenSince?: number;
  /** What the state was derived from is not all good. */
  uncertain: boolean;
}

/** An input as the model took it and as the others made it expect, both of its window. */
export interface HmiFit {
  /** The tag's name. */
  tag: string;
  unit: string;
  /** Its mean over the model's window. */
  value: number;
  expected: number;
}

/** The model's newest score. Its value, quality and limit are those of its tag. */
export interface HmiScore {
  /** Id of the score's tag. */
  tag: string;
  model: string;
  inputs: number;
  inputsGood: number;
  /** What drives it, greatest first; shares add up to at most 1. */
  evidence: { name: string; share: number; direction: "low" | "high" | null; fit?: HmiFit }[];
}

/** One lane of the uplink. Rates and oldest frame are null while not known. */
export interface HmiLane {
  lane: "events" | "live" | "backfill";
  waitingFrames: number;
  waitingBytes: number | null;
  /** How much drilling time waits, ms; absent for events, which come when they come. */
  waitingMs?: number;
  /** Measured over the last seconds. */
  bitsPerSecond: number | null;
  /** When the oldest waiting frame closed. */
  oldestAt: number | null;
}

/** What went over the link in a span, both ways, and what may. */
export interface HmiSpent {
  /** The hour rolls; day and month are the rig's. */
  span: "hour" | "day" | "month";
  usedBytes: number;
  limitBytes: number | null;
  /** By the end of the span at the measured rate; null for the hour, and before enough is measured. */
  forecastBytes: number | null;
  endsAt: number | null;
  /** What went before is not known; null where all of the span was counted. */
  countedSince: number | null;
}

/** What the link costs, and what is held back for it. */
export interface HmiBudget {
  spent: HmiSpent[];
  /** window: no link window is open. */
  backfillHeldBy: HmiSpent["span"] | "window" | null;
  /** When the next link window opens, if one is waited for. */
  opensAt: number | null;
  /** The budget that is nearly spent, so that previews of the newest tick go instead of live. */
  previewsFor: HmiSpent["span"] | null;
  previewMs: number;
}

/** What the office asks this rig for beside what comes by itself, as far as it goes on or was refused. */
export interface HmiAsked {
  request: string;
  /** Of the rig's time, both ends included; null where tags are asked for. */
  span: { from: number; to: number } | null;
  /** Ids of tags that are asked for with every tick; empty where a span is. */
  tags: string[];
  state: "sought" | "taken" | "refused";
  /** Why it was refused; null where it was not. */
  why: string | null;
  /** Of a span: frames that waited when it was taken, and those that still do. */
  frames: number;
  leftFrames: number;
  /** What went for it although budget or windows held such back, and what may. */
  spentBytes: number;
  maxBytes: number;
  /** When it ends, in whole minutes. */
  endsAt: number;
}

/** The way to the cloud. What is not measured is null, never a guess. */
export interface HmiLink {
  /** off: this rig has no cloud in its configuration. */
  state: "off" | "up" | "down";
  since: number;
  /** Why it is down, for people; null while up. */
  reason: string | null;
  roundTripMs: number | null;
  lastReceiptAt: number | null;
  /** Since when something went out that no word of the office followed; null where nothing did, and while down. */
  unansweredSince: number | null;
  lanes: HmiLane[];
  /** The cloud has said that it holds every frame up to here. */
  completeTo: number | null;
  /** When nothing will be waiting any more at the present rate. */
  doneAt: number | null;
  /** Null where there is no cloud. */
  budget: HmiBudget | null;
  asked: HmiAsked[];
}

/** The rig box's own disk. */
export interface HmiStorage {
  usedBytes: number;
  budgetBytes: number;
  /** Left of the file system, and how much of it the journal leaves alone; null where the system does not say. */
  freeBytes: number | null;
  reserveBytes: number | null;
  /** Not yet receipted. */
  owedBytes: number;
  /** Oldest reading of the rig's own history. */
  historyFrom: number | null;
  bytesPerDay: number | null;
  /** How long readings can be kept whole without a link at the present rate, ms; then the oldest are thinned. */
  roomMs: number | null;
  /** Set while nothing can be stored: why. */
  failed: string | null;
}

export interface HmiConfigError {
  /** e.g. devices[0].tags[3].register.order */
  path: string;
  line: number | null;
  column: number | null;
  message: string;
  /** The allowed word that is nearest to what was written. */
  nearest: string | null;
  excerpt: { line: number; text: string }[];
}

/** A configuration that could run instead: the last that gave good values, and when it gave the first and the last that are known. */
export interface HmiKept {
  from: number;
  until: number;
}

/** Why nothing is read: the configuration does not parse, or the rig does not start. */
export interface HmiFault {
  /** What is wrong: the file, or something else that keeps a rig from starting whose file is in order. */
  kind: "configuration" | "start";
  file: string;
  since: number;
  checkedAt: number;
  errors: HmiConfigError[];
  /** When the last good value came that the disk knows of; null where it knows of none. */
  valuesUntil: number | null;
  /** Devices that are not read, by the configuration that ran last; null where none is kept. */
  devices: number | null;
  /** Why what is kept cannot be read and does not go on to the cloud; null where it does. */
  notKept: string | null;
  /** The way back; null where there is none. */
  kept: HmiKept | null;
  happened: { at: number; text: string }[];
}

/** The configuration's file beside what runs. */
export interface HmiConfiguration {
  file: string;
  checkedAt: number;
  /** When the file was saved; null while there is none. */
  savedAt: number | null;
  /** same: this is what runs; differs: in order, but another; broken: it has errors. */
  state: "same" | "differs" | "broken";
  errors: HmiConfigError[];
  /** Set while an earlier configuration runs because a person went back to it. */
  earlier: (HmiKept & { since: number; by: string }) | null;
  /** The way back while what runs has not given a good value; else null. */
  kept: HmiKept | null;
}

/** Everything, as parts that change apart from each other. */
export interface HmiParts {
  rig: HmiRig | null;
  tags: HmiTag[];
  state: HmiState | null;
  alarms: AlarmState[];
  /** The rig's own texts on its alarms; never change while a run of the daemon lasts. */
  advice: AdviceByAlarm;
  score: HmiScore | null;
  link: HmiLink;
  storage: HmiStorage | null;
  fault: HmiFault | null;
  /** Null while nothing is read. */
  configuration: HmiConfiguration | null;
}

/** Everything that is known now. `run` and `number` name the moment: changes after it follow as events. */
export interface HmiSnapshot extends HmiParts {
  run: string;
  number: number;
  clock: HmiClock;
  values: HmiValues;
}

/** What changed since an earlier event; parts that did not change are absent. The event's id is `run-number`. */
export interface HmiChange extends Partial<HmiParts> {
  clock: HmiClock;
  values?: HmiValues;
}

/** One tag over a span, in buckets of equal length: least and greatest good or uncertain value, null where there was none. */
export interface HmiTrack {
  tag: string;
  at: number[];
  low: (number | null)[];
  high: (number | null)[];
  /** Spans without a usable value, with the reason that came most often. */
  holes: { from: number; to: number; reason: string }[];
}

export interface HmiHistory {
  from: number;
  to: number;
  tracks: HmiTrack[];
}

/** A span of coverage. late: held, but came by backfill; thinned: without readings that were left out to make room, within a bound; waiting: at the rig, not yet receipted; unknown: the cloud has not said. */
export interface HmiSpan {
  from: number;
  to: number;
  state: "held" | "late" | "thinned" | "waiting" | "missing" | "unknown";
}

export interface HmiGap {
  from: number;
  to: number;
  /** e.g. "all 143 tags" or the tags' names. */
  what: string;
  why: string;
  /** Readings that are gone; null where nobody can know. */
  count: number | null;
}

/** Is it all here? As the rig and the receipts know it. */
export interface HmiCoverage {
  from: number;
  to: number;
  rig: HmiSpan[];
  cloud: HmiSpan[];
  gaps: HmiGap[];
  /** What was given its time afterwards: the rig's clock was not known when it was made. */
  dated: { from: number; to: number }[];
}

/** Who is signed in at this station. */
export interface HmiPerson {
  name: string;
  role: "operator";
  station: string;
}
