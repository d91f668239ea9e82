import type { Block } from "../../shared/domain/reading.ts";
import type { Log } from "../../shared/node/log.ts";

export interface DriverOptions {
  /** Position in the dictionary of the device's first tag. */
  firstTag: number;
  /** Folder for the keys and trust lists of protocols that have them. */
  pkiFolder: string;
  log: Log;
}

/** What a technician sees of one address: what answered, how fast, what to do about it. */
export interface Probe {
  tag: string;
  address: string;
  ok: boolean;
  ms: number;
  raw: string | null;
  advice: string;
}

/** Facts about a connection, for the device list and health. */
export interface DriverState {
  connected: boolean;
  /** Requests and failures since the start. */
  requests: number;
  failures: number;
  /** Round trip of the last request, ms. */
  lastMs: number | null;
}

/** Speaks one protocol over one connection. Drivers never see each other, the journal or the alarms. */
export interface Driver {
  /**
   * Appends what came since the last call to the block, at least one reading a tag, tags numbered from `firstTag` in the order of the configuration.
   * What can't be read comes back bad with a reason, not thrown. Returns within the device's deadlines.
   */
  read(into: Block, signal: AbortSignal): Promise<void>;
  /** For a technician: asks each address once. */
  probe(signal: AbortSignal): AsyncIterable<Probe>;
  state(): DriverState;
  /** Ends the connection; may be called twice. */
  close(): Promise<void>;
}
