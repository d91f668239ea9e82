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
