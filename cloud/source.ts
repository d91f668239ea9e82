import type { RigId } from "../shared/domain/id.ts";

/** One message from a rig as it came. Who signed it is for ingest to find out; the topic is only what the sender claims. */
export interface RigMessage {
  topic: string;
  payload: Uint8Array;
}

/** Where messages of rigs come from and answers go to: the embedded broker or a connection to another one. */
export interface Source {
  /** Sends to one rig; resolves when handed over, which proves nothing about arrival. */
  publish(topic: string, payload: Uint8Array): Promise<void>;
  /** Rigs that are connected now, as far as this source can know; null where it cannot. */
  connected(): RigId[] | null;
  close(): Promise<void>;
}

/** Takes one message; while it has not resolved, the sender's next one waits (its PUBACK is held back). */
export type Receive = (message: RigMessage) => Promise<void>;

/** The largest payload of an up topic: one frame of 1 MB with its header and signature. */
export const MAX_MESSAGE = 1_200_000;
