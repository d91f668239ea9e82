import type { RigStatus } from "../../shared/domain/api-live.ts";

/** Who looks on; `session` tells whether they still may. */
export interface Viewer {
  id: string;
  session: string;
}

export type Facts = Omit<RigStatus, "status" | "tags" | "latest" | "alarms">;
export type Picture = Required<Pick<RigStatus, "tags" | "latest" | "alarms">>;

/** What one person, one address and all together may take. */
export interface Limits {
  connectionsOfPerson: number;
  connectionsOfSource: number;
  /** Of everybody. */
  connections: number;
  /** From one address: sockets that have not signed in yet, and those that did not in the last minute; those that went without a word do not count. */
  attempts: number;
  /** A minute, of one person. */
  signIns: number;
  /** A minute, on one connection. */
  messages: number;
  /** Bytes that a client may be behind before it is dropped. */
  behind: number;
  firstMessageMs: number;
  pingMs: number;
  /** How soon an ended session or a withdrawn grant closes a socket. */
  lookMs: number;
}
