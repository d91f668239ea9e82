import type { AlarmState } from "../shared/domain/alarm.ts";
import type { HmiBudget, HmiLink, HmiRig, HmiScore, HmiStorage } from "../shared/domain/hmi.ts";
import { lanes } from "../shared/wire/names.ts";
import { whyNotShelved } from "./alarms/shelf.ts";
import { askedOf } from "./asked.ts";
import type { Linked } from "./books.ts";
import type { Clock } from "./clock.ts";
import { coverageOf } from "./coverage.ts";
import { Refused, type RigFacts, type RigView } from "./hmi/rig-view.ts";
import { mostBytes } from "./journal/disk-room.ts";
import { roomMs } from "./journal/forecast.ts";
import { MAKE_ROOM } from "./journal/retention.ts";
import type { Rig } from "./rig.ts";
import type { Runs } from "./runs.ts";
import { spans } from "./uplink/spending.ts";

export interface ScreenParts {
  clock: Clock;
  startedAt: number;
  runs: Runs;
}

/** What the screen's server asks, answered from the running parts. */
export function openScreen({ clock, startedAt, runs }: ScreenParts): RigView {
  const { rig, standby } = runs;
  /** What has a journal: the rig, or what stands by while its configuration is broken. */
  const linked = (): Linked | null => rig() ?? standby();
  function readable(): Linked {
    const now = linked();
    if (now === null) throw new Refused("Nothing that is kept can be read now.");
    return now;
  }
  async function store(...events: Parameters<Rig["gateway"]["record"]>): Promise<void> {
    const tell = rig()?.gateway.record ?? standby()?.tell;
    if (tell === undefined || !(await tell(...events))) throw new Refused("Nothing can be stored at the moment.");
  }
  function running(): Rig {
    const now = rig();
    if (now === null) throw new Refused("Nothing runs at the moment.");
    return now;
  }
  const open = (rig: Rig | null): AlarmState[] => [
    ...(rig?.storage.open() ?? []),
    ...(rig?.alarms.open() ?? []),
    ...(standby()?.alarms() ?? []),
  ];
  const act = (who: string, station: string, what: string, detail?: Record<string, unknown>) => ({
    type: "action" as const,
    at: clock.now().receivedAt,
    who,
    station,
    what,
    ...(detail === undefined ? {} : { detail }),
  });

  return {
    rig: () => rigOf(linked()),
    latest: () => rig()?.latest ?? null,
    clock: () => clock.now().clock,
    state() {
      const state = rig()?.gateway.state();
      if (state === undefined || (state.rigState === "unknown" && state.rigStateSince === null)) return null;
      return { state: state.rigState, since: state.rigStateSince, uncertain: state.rigState === "unknown" };
    },
    alarms: () => open(rig()),
    advice: () => rig()?.advice ?? {},
    score: () => scoreOf(rig()),
    link: () => linkOf(linked(), startedAt),
    storage: () => storageOf(linked()),
    fault: runs.fault,
    configuration: runs.configuration,
    facts: () => factsOf(rig()),
    recheck: () => runs.look(true),
    goBack: runs.goBack,
    takeFile: runs.takeFile,
    readings: async (tags, from, to) => readable().history.readings(tags, from, to),
    alarmHistory: async (from, to) => readable().history.alarms(from, to),
    async coverage(from, to) {
      const tags = rig()?.latest.tags ?? standby()?.tags ?? [];
      return coverageOf(readable(), tags, from, to, rig() !== null);
    },
    async acknowledge(alarm, who, station): Promise<AlarmState> {
      const at = clock.now().receivedAt;
      const lists = [rig()?.alarms, rig()?.storage, standby()];
      const after = lists.reduce<AlarmState | null>(
        (done, list) => done ?? list?.acknowledge(alarm, who, at) ?? null,
        null,
      );
      if (after === null) throw new Refused("There is nothing to acknowledge.");
      await store({ type: "alarm", state: after }, act(who, station, "acknowledged an alarm", { alarm }));
      return after;
    },
    async shelve(alarm, ask, who, station): Promise<AlarmState> {
      const { alarms } = running();
      const before = open(running()).find((one) => one.alarm === alarm);
      const wrong = before === undefined ? null : whyNotShelved(before, ask.forMs);
      if (wrong !== null) throw new Refused(wrong.message, { field: wrong.field });
      const { receivedAt: at, mono } = clock.now();
      const after = alarms.shelve(alarm, { ...ask, who }, { at, mono });
      if (after === null) throw new Refused("There is nothing to shelve.");
      const told = act(who, station, "shelved an alarm", { alarm, ...ask });
      await store({ type: "alarm", state: after }, told).catch(async (error) => {
        // What is on no disk would be forgotten: the alarm speaks up again instead, and that is what waits for room.
        const back = alarms.unshelve(alarm, who, "not stored", clock.now().receivedAt);
        if (back !== null) await running().gateway.record({ type: "alarm", state: back });
        throw error;
      });
      return after;
    },
    async unshelve(alarm, who, station): Promise<AlarmState> {
      const { receivedAt: at } = clock.now();
      const after = running().alarms.unshelve(alarm, who, "by hand", at);
      if (after === null) throw new Refused("It is not shelved.");
      await store({ type: "alarm", state: after }, act(who, station, "returned an alarm from the shelf", { alarm }));
      return after;
    },
    async record(who, station, what) {
      // Signing in must work where there is no journal to tell, too.
      if (linked() !== null) await store(act(who, station, what));
    },
  };
}

function rigOf(rig: Linked | null): HmiRig | null {
  if (rig === null) return null;
  const { rig: id, name, well, timeZone, origin } = rig.config;
  const { epoch, software, startedAt } = rig.record;
  return { id, name, well, timeZone, origin, epoch, software, startedAt };
}

function scoreOf(rig: Rig | null): HmiScore | null {
  const last = rig?.scoring?.last() ?? null;
  if (rig?.scoring == null || last === null) return null;
  const { model, inputs, unusable, evidence } = last;
  return {
    tag: rig.scoring.tag.id,
    model,
    inputs,
    inputsGood: inputs - unusable,
    evidence: evidence.map(({ name, label, share, residual = 0, value, unit = "" }) => ({
      name: label ?? name,
      share,
      direction: residual === 0 ? null : residual < 0 ? "low" : "high",
      ...(value === undefined ? {} : { fit: { tag: name, unit, value, expected: value - residual } }),
    })),
  };
}

function linkOf(rig: Linked | null, startedAt: number): HmiLink {
  const nothing = {
    ...{ reason: null, roundTripMs: null, lastReceiptAt: null, unansweredSince: null },
    ...{ lanes: [], completeTo: null, doneAt: null },
  };
  if (rig === null || rig.config.cloud === undefined)
    return { state: "off", since: startedAt, ...nothing, budget: null, asked: [] };
  const { asked, uplink, lastReceiptAt, unansweredSince, bitsPerSecond } = rig.cloud.state();
  const { owed, oldestAt, completeTo, doneAt } = rig.link.facts();
  const { frameBytes } = rig.journal.state().growth;
  const { tickMs } = rig.config;
  return {
    ...nothing,
    state: uplink.up ? "up" : "down",
    since: uplink.since,
    reason: uplink.reason,
    roundTripMs: uplink.roundTripMs === null ? null : Math.round(uplink.roundTripMs),
    lastReceiptAt,
    unansweredSince: uplink.up ? unansweredSince : null,
    completeTo,
    budget: budgetOf(rig),
    asked: askedOf(asked, { mono: performance.now(), at: Date.now() }),
    // In whole minutes, as it is shown: the screen is told of each change.
    doneAt:
      doneAt === null || rig.cloud.state().verdict.backfillHeldBy !== null ? null : Math.ceil(doneAt / 60_000) * 60_000,
    lanes: lanes.map((lane) => ({
      lane,
      waitingFrames: owed[lane],
      waitingBytes: frameBytes === null ? null : Math.round(owed[lane] * frameBytes),
      ...(lane === "events" ? {} : { waitingMs: owed[lane] * tickMs }),
      bitsPerSecond: bitsPerSecond[lane],
      oldestAt: oldestAt[lane],
    })),
  };
}

function budgetOf(rig: Linked): HmiBudget {
  const { budget: limits, previewMs } = rig.config.uplink;
  const spent = rig.budget.spent();
  return {
    ...rig.cloud.state().verdict,
    previewMs,
    spent: spans.map((span) => ({
      span,
      usedBytes: Math.round(spent[span].bytes),
      limitBytes: limits[span] ?? null,
      forecastBytes: spent[span].forecast,
      endsAt: spent[span].ends,
      countedSince: spent[span].since,
    })),
  };
}

function storageOf(rig: Linked | null): HmiStorage | null {
  if (rig === null) return null;
  const { disk, growth, failed } = rig.journal.state();
  const { owed } = rig.cloud.state();
  const owedBytes = Math.round((owed.events + owed.live + owed.backfill) * (growth.frameBytes ?? 0));
  const most = mostBytes(disk.budgetBytes * MAKE_ROOM, disk.fileBytes, disk.room);
  const room = roomMs(most, owedBytes, growth);
  return {
    usedBytes: disk.usedBytes,
    budgetBytes: disk.budgetBytes,
    // In steps: the screen is told of each change.
    freeBytes: disk.room === null ? null : Math.floor(disk.room.freeBytes / 1e7) * 1e7,
    reserveBytes: disk.room?.reserveBytes ?? null,
    owedBytes,
    historyFrom: rig.link.facts().historyFrom,
    bytesPerDay: growth.bytesPerDay === null ? null : Math.round(growth.bytesPerDay),
    // In whole minutes: the screen is told of each change.
    roomMs: room === null ? null : Math.round(room / 60_000) * 60_000,
    failed: failed === null ? null : `${failed.code}: ${failed.message}`,
  };
}

function factsOf(rig: Rig | null): RigFacts | null {
  if (rig === null) return null;
  const { polls } = rig.gateway.state();
  const { scoring } = rig;
  const { uplink, refused, lastAnswerAt, bytesPerSecond } = rig.cloud.state();
  const { sentBytes, receivedBytes, oversized } = uplink;
  return {
    link: { sentBytes, receivedBytes, oversized, refused, lastAnswerAt, bytesPerSecond },
    journalFileBytes: rig.journal.state().disk.fileBytes,
    devices: rig.sources.map(({ device, driver }, i) => {
      const { connected, requests, failures, lastMs } = driver.state();
      const counts = polls[i] ?? { polls: 0, pollSeconds: 0, lastGoodAt: null, good: 0, uncertain: 0, bad: 0 };
      return { name: device.name, driver: device.driver, connected, requests, failures, lastMs, ...counts };
    }),
    model: scoring === null ? null : { name: scoring.tag.name, ...scoring.counts() },
  };
}
