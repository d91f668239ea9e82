import type { AlarmState } from "../../shared/domain/alarm.ts";
import type { LiveMessage, LiveReadings, RigStatus } from "../../shared/domain/api-live.ts";
import { engineeringValue, rigTagOf } from "../../shared/domain/columns.ts";
import type { Id, RigId } from "../../shared/domain/id.ts";
import { type Block, qualityOf, reasonText, type Timing, timingOf } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import { rateOf } from "../../shared/node/http/rate.ts";
import type { Log } from "../../shared/node/log.ts";
import { type Connection, openConnection, type Socket } from "./connection.ts";
import type { Facts, Limits, Picture, Viewer } from "./viewer.ts";

export interface LiveParts {
  /** The person behind an access token; null when it is not good. */
  authenticate(token: string): Promise<Viewer | null>;
  /** Whether the session lives and the person may see this rig now. */
  mayStill(viewer: Viewer, rig: RigId): boolean;
  /** How a rig stands with us now. */
  facts(rig: RigId): Promise<Facts>;
  /** The rest of a rig's picture as the archive has it. */
  picture(rig: RigId): Promise<Picture>;
  log: Log;
  limits?: Partial<Limits>;
}

const usual: Limits = {
  connectionsOfPerson: 5,
  connectionsOfSource: 100,
  connections: 1_000,
  attempts: 60,
  signIns: 60,
  messages: 100,
  behind: 4_000_000,
  firstMessageMs: 5_000,
  pingMs: 30_000,
  lookMs: 3_000,
};

/** Told to whom there is no room for: by then sockets that sign nobody in are gone. */
const roomS = 10;

/** Readings that are the present of a rig. */
export interface PresentReadings {
  epoch: Id;
  /** Of the last frame. */
  seq: number;
  /** Names the list of tags. */
  dictionary: Id;
  tags: readonly TagVersion[];
  readings: Block;
}

/** Carries what lands to the people who look on: each message is made once, whoever is there; who is too slow is dropped. */
export interface Live {
  /** Shows readings; those of a frame at or before one already shown are history, and left out. */
  readings(rig: RigId, present: PresentReadings): void;
  alarm(rig: RigId, state: AlarmState): void;
  /** The rig's daemon is new, and so is its list of alarms. */
  restarted(rig: RigId, origin: RigStatus["origin"], alarms: AlarmState[]): void;
  /** Whether one more may come from this address: 0, or seconds to wait. Counts as an attempt, until it signs in or goes without a word. */
  waitS(source: string): number;
  /** Takes over a socket that asks for a rig, after `waitS`; what the client says goes to `receive`. */
  open(socket: Socket, rig: RigId, source: string): Pick<Connection, "receive">;
  connections(): number;
  close(): void;
}

export function startLive(parts: LiveParts): Live {
  const limits = { ...usual, ...parts.limits };
  const attempts = rateOf(limits.attempts, 60_000);
  const signIns = rateOf(limits.signIns, 60_000);
  const all = new Set<Connection>();
  const facts = new Map<RigId, Facts>();
  const shown = new Map<RigId, { epoch: Id; seq: number }>();
  const looking = setInterval(() => {
    for (const one of all) one.look();
  }, limits.lookMs).unref();
  const pinging = setInterval(() => {
    for (const one of all) one.ping();
  }, limits.pingMs).unref();

  function tell(rig: RigId, type: LiveMessage["message_type"], data: () => object): void {
    let text: string | undefined;
    for (const one of watching(rig)) {
      text ??= JSON.stringify(data());
      one.send(type, text);
    }
  }
  const count = (of: (one: Connection) => boolean) => [...all].filter(of).length;
  const watching = (rig: RigId) => [...all].filter((one) => one.rig === rig && one.viewer !== undefined);

  /** Before readings point into a list of tags, every client has it. */
  function tellTags(rig: RigId, { dictionary, tags }: PresentReadings): void {
    let text: string | undefined;
    for (const one of watching(rig)) {
      if (one.dictionary === dictionary) continue;
      one.dictionary = dictionary;
      text ??= JSON.stringify({ ...landedNow(rig), status: "tags", tags: tags.map(rigTagOf) });
      one.send("status_update", text);
    }
  }

  /** As last read, and that something has just landed. */
  const landedNow = (rig: RigId): Facts => {
    const known = facts.get(rig) ?? { origin: null, completeTo: null, lagMs: null };
    return { ...known, online: true, connected: false, seenAt: Date.now() };
  };
  async function readFacts(rig: RigId): Promise<Facts> {
    const read = await parts.facts(rig);
    facts.set(rig, read);
    return read;
  }

  return {
    readings(rig, present) {
      const before = shown.get(rig);
      if (before?.epoch === present.epoch && before.seq >= present.seq) return;
      shown.set(rig, { epoch: present.epoch, seq: present.seq });
      tellTags(rig, present);
      tell(rig, "sensor_data", () => liveReadings(present));
    },
    alarm(rig, state) {
      const isNew = state.state === "unacknowledged" && state.raisedAt === state.changedAt;
      tell(rig, isNew ? "alert" : "alert_update", () => state);
    },
    restarted(rig, origin, alarms) {
      const before = facts.get(rig);
      if (before !== undefined) facts.set(rig, { ...before, origin });
      tell(rig, "status_update", () => ({ ...landedNow(rig), status: "restarted", alarms }));
    },
    waitS(source) {
      const full =
        all.size >= limits.connections || count((one) => one.source === source) >= limits.connectionsOfSource;
      return full ? roomS : attempts.take(source);
    },
    open(socket, rig, source) {
      const connection: Connection = openConnection(socket, {
        rig,
        source,
        limits,
        log: parts.log,
        authenticate: parts.authenticate,
        mayStill: (viewer) => parts.mayStill(viewer, rig),
        admit(viewer) {
          attempts.giveBack(source);
          const open = count((one) => one.viewer?.id === viewer.id);
          return open < limits.connectionsOfPerson && signIns.take(viewer.id) === 0;
        },
        facts: () => readFacts(rig),
        picture: () => parts.picture(rig),
        closed(unasked) {
          // What a page gave up while we did not answer comes all at once afterwards, and is nobody's try.
          if (unasked) attempts.giveBack(source);
          all.delete(connection);
        },
      });
      all.add(connection);
      return connection;
    },
    connections: () => all.size,
    close() {
      clearInterval(looking);
      clearInterval(pinging);
      for (const one of all) one.end();
    },
  };
}

function liveReadings({ epoch, seq, tags, readings }: PresentReadings): LiveReadings {
  const timing: Timing[] = [];
  const columns: LiveReadings = { epoch, frame: seq, tag: [], at: [], value: [], quality: [], reason: [] };
  for (let i = 0; i < readings.length; i++) {
    const tag = tags[readings.tag[i] ?? -1];
    if (tag === undefined) throw new Error(`a reading points at tag ${readings.tag[i]} of ${tags.length}`);
    columns.tag.push(readings.tag[i] ?? 0);
    columns.at.push(readings.at[i] ?? 0);
    columns.value.push(engineeringValue(readings, i, tag));
    columns.quality.push(qualityOf(readings.status[i] ?? 2));
    columns.reason.push(reasonText(readings.reason[i] ?? 0));
    timing.push(timingOf(readings.status[i] ?? 0));
  }
  if (timing.some((one) => one !== "own")) columns.timing = timing;
  return columns;
}
