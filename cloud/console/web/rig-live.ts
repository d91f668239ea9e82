import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { AlarmState } from "../../../shared/domain/alarm.ts";
import type { LatestReading } from "../../../shared/domain/api-latest.ts";
import type { LiveMessage, LiveReadings, RigStatus } from "../../../shared/domain/api-live.ts";
import type { RigTag } from "../../../shared/domain/api-rigs.ts";
import { paceAfter } from "../../../shared/domain/pace.ts";
import { type Live, openLive } from "../../../shared/ui/live.ts";
import type { Reading } from "../../../shared/ui/shown.ts";
import { hearTime, serverNow } from "./clock.ts";
import type { LiveReading } from "./grid.ts";
import { accessToken } from "./session.ts";
import type { Heard } from "./standing.ts";

/** A value as it stands, with how often it comes. */
export interface Present extends Reading {
  /** How often it comes, ms; 0 until two came. */
  everyMs: number;
  /** When it came to this page, server's time. */
  heardAt: number;
}

/** What is known of one rig at the moment. Painted at most once an animation frame. */
export interface RigLive {
  tags: ReadonlySignal<readonly RigTag[]>;
  /** By tag id. */
  values: ReadonlySignal<ReadonlyMap<string, Present>>;
  alarms: ReadonlySignal<readonly AlarmState[]>;
  status: ReadonlySignal<Omit<RigStatus, "tags" | "latest" | "alarms"> | null>;
  /** When something of the rig last came live; null before the first. */
  heard: ReadonlySignal<Heard | null>;
  /** How often the whole picture came: more than once, and something may have been missed between. */
  pictures: ReadonlySignal<number>;
  line: Live;
  close(): void;
}

/** Who takes live readings at the moment. */
export interface Taker {
  current: (readings: readonly LiveReading[]) => void;
}

/** The server answers a ping at once, so that a rig's silence is told from the line's. */
const pingMs = 1_500;

/** Opens the socket of a rig and keeps it open; every reading that comes live goes to `taken`. */
export function openRigLive(rig: string, taken: (readings: readonly LiveReading[]) => void): RigLive {
  const tags = signal<readonly RigTag[]>([]);
  const values = signal<ReadonlyMap<string, Present>>(new Map());
  const alarms = signal<readonly AlarmState[]>([]);
  const status = signal<Omit<RigStatus, "tags" | "latest" | "alarms"> | null>(null);
  const pictures = signal(0);
  const heard = signal<Heard | null>(null);
  let waiting: LiveMessage[] = [];
  let frame = 0;

  function paint() {
    frame = 0;
    const messages = waiting;
    waiting = [];
    batch(() => messages.forEach(take));
  }

  function take(message: LiveMessage) {
    switch (message.message_type) {
      case "sensor_data":
        return takeReadings(message.data);
      case "status_update":
        return takeStatus(message.data);
      case "alert":
      case "alert_update":
        alarms.value = withAlarm(alarms.value, message.data);
        heard.value = { at: serverNow(), everyMs: heard.value?.everyMs ?? 0 };
    }
  }

  function takeStatus({ tags: list, latest, alarms: open, ...rest }: RigStatus) {
    status.value = rest;
    if (rest.status === "connected") pictures.value += 1;
    if (list !== undefined) tags.value = list;
    if (open !== undefined) alarms.value = open;
    // How old a reading is whose time is not known nobody can say: it is shown once it comes live.
    const known = latest?.filter(({ timing }) => timing !== "not known");
    if (known !== undefined) values.value = new Map(known.map((one) => [one.tag, presentOf(one)]));
  }

  function takeReadings(data: LiveReadings) {
    const next = new Map(values.value);
    const live: LiveReading[] = [];
    for (const [i, position] of data.tag.entries()) {
      const tag = tags.value[position]?.tag;
      if (tag === undefined) continue;
      const present = presentIn(data, i, next.get(tag));
      next.set(tag, present);
      // It has no place on an axis of time.
      if (data.timing?.[i] === "not known") continue;
      live.push({
        tag,
        at: present.at,
        value: present.quality !== "bad" && typeof present.value === "number" ? present.value : null,
      });
    }
    values.value = next;
    hearRig();
    taken(live);
    if (status.value !== null && !status.value.online) status.value = { ...status.value, online: true };
  }

  function hearRig() {
    const at = serverNow();
    const before = heard.value;
    heard.value = { at, everyMs: before === null ? 0 : paceAfter(before.everyMs, at - before.at) };
  }

  const line = openLive({
    connect(to) {
      const socket = new WebSocket(`/api/v1/sensor-data/ws/${rig}`);
      const say = (message: object) => socket.readyState === 1 && socket.send(JSON.stringify(message));
      socket.onopen = () => {
        accessToken().then((token) => say({ message_type: "authenticate", token }), to.ended);
      };
      socket.onmessage = ({ data }: MessageEvent<string>) => {
        const message: LiveMessage = JSON.parse(data);
        hearTime(Date.parse(message.timestamp), 300);
        to.message();
        if (message.message_type === "pong") return;
        waiting.push(message);
        // A hidden page has no frames, and what waits for one must not pile up.
        if (document.hidden) paint();
        else frame ||= requestAnimationFrame(paint);
      };
      socket.onclose = to.ended;
      const pinging = setInterval(() => say({ message_type: "ping" }), pingMs);
      return () => {
        clearInterval(pinging);
        socket.onclose = null;
        socket.close();
      };
    },
  });
  return {
    tags,
    values,
    alarms,
    status,
    heard,
    pictures,
    line,
    close() {
      cancelAnimationFrame(frame);
      line.close();
    },
  };
}

function presentOf({ at, value, quality, reason }: LatestReading): Present {
  return { ...plain, at, seen: at, heardAt: at, value, quality, reason: quality === "good" ? null : reason };
}

function presentIn(data: LiveReadings, i: number, before: Present | undefined): Present {
  const heardAt = serverNow();
  const isTimed = data.timing?.[i] !== "not known";
  // What comes live was read just now, whatever the rig's clock says.
  const at = isTimed ? (data.at[i] ?? 0) : heardAt;
  const quality = data.quality[i] ?? "bad";
  const plainly = isTimed ? null : "time not known";
  const reason = quality === "good" ? plainly : (data.reason[i] ?? "bad");
  // Readings come in batches: what counts is the longer of their own distance and that of their coming.
  const distance = before === undefined ? 0 : Math.max(0, at - before.at, heardAt - before.heardAt);
  const everyMs = paceAfter(before?.everyMs ?? 0, distance);
  return { ...plain, at, seen: at, heardAt, value: data.value[i] ?? null, quality, reason, everyMs };
}

const plain = { low: null, high: null, everyMs: 0 };

/** The list with this alarm's newest state; a normal one leaves it. */
function withAlarm(alarms: readonly AlarmState[], state: AlarmState): AlarmState[] {
  const others = alarms.filter(({ alarm }) => alarm !== state.alarm);
  return state.state === "normal" ? others : [...others, state];
}
