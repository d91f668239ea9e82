import type { DownTopic, UpTopic } from "../../shared/wire/topics.ts";

/** Bytes of a PUBLISH packet (of up to 2 MB) besides topic and payload: its type, its length, the topic's length and its number. */
export const PUBLISH_BYTES = 8;

/** What happens to the way to the broker. */
export interface UplinkEvents {
  up(): void;
  /** `why` is for people. */
  down(why: string): void;
  message(topic: DownTopic, bytes: Uint8Array): void;
}

/** What is known about the way. */
export interface UplinkState {
  up: boolean;
  /** Since when it is up or down, ms UTC. */
  since: number;
  /** Why it is down; null while up. */
  reason: string | null;
  /** What went over all connections so far, MQTT's own bytes included, those of TCP and TLS not. */
  sentBytes: number;
  receivedBytes: number;
  /** Connections that were dropped because the broker sent a message larger than any that a rig takes. */
  oversized: number;
  /** Publish to acknowledgement of the last message, ms; null before the first. */
  roundTripMs: number | null;
}

/** A way to the cloud's broker. It queues nothing: what is published while it is down is refused. */
export interface Uplink {
  /**
   * Resolves true when the broker has acknowledged, false if it did not in time or the connection broke: then nobody knows. An acknowledgement
   * paces; it says nothing about what is stored. What goes on one way of a topic (0 unless told) stays in order.
   */
  publish(topic: UpTopic, bytes: Uint8Array, way?: number): Promise<boolean>;
  state(): UplinkState;
  close(): Promise<void>;
}
