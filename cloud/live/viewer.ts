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
  /** A minute, from one address, that end without a sign-in. */
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
