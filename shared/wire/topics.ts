import { RigId } from "../domain/id.ts";

/** What a rig publishes under `rig/<rig>/`. */
export const upTopics = ["hello", "events", "live", "backfill"] as const;
export type UpTopic = (typeof upTopics)[number];

/** What the office publishes under `cfg/<rig>/`. */
export const downTopics = ["hello", "receipt", "desired", "command"] as const;
export type DownTopic = (typeof downTopics)[number];

export function upTopic(rig: string, topic: UpTopic): string {
  return `rig/${rig}/${topic}`;
}

export function downTopic(rig: string, topic: DownTopic): string {
  return `cfg/${rig}/${topic}`;
}

/** What a rig subscribes to. */
export function downTopicsOf(rig: string): string {
  return `cfg/${rig}/+`;
}

/** Connections that a rig sends backfill on, beside the one that all else goes on. */
export const backfillWays = 3;

/** The client id of such a connection, from 0, beside the one that has this id. */
export function backfillClient(client: string, way: number): string {
  return `${client}+backfill${way}`;
}

/** Which of those connections a client id names; null for the one that all else goes on. */
export function backfillWayOf(client: string): number | null {
  const way = /\+backfill(\d)$/.exec(client)?.[1];
  return way === undefined || Number(way) >= backfillWays ? null : Number(way);
}

/** What ingest subscribes to. */
export const allUpTopics = "rig/+/+";

/** Rig and topic of an MQTT topic that a rig publishes on; null for any other. */
export function parseUpTopic(topic: string): { rig: string; topic: UpTopic } | null {
  return parse(topic, "rig", upTopics);
}

/** Rig and topic of an MQTT topic that the office publishes on; null for any other. */
export function parseDownTopic(topic: string): { rig: string; topic: DownTopic } | null {
  return parse(topic, "cfg", downTopics);
}

function parse<T extends string>(topic: string, root: string, known: readonly T[]): { rig: string; topic: T } | null {
  const [first, rig, name, ...more] = topic.split("/");
  const found = known.find((candidate) => candidate === name);
  if (first !== root || rig === undefined || found === undefined || more.length > 0) return null;
  return RigId.safeParse(rig).success ? { rig, topic: found } : null;
}
