import { join } from "node:path";
import type { RigConfig } from "../shared/domain/rig-config.ts";
import { newId } from "../shared/node/data-folder.ts";
import type { Log } from "../shared/node/log.ts";
import { bootId, type Clock } from "./clock.ts";
import { type Identity, openIdentity } from "./identity.ts";
import type { RunRecord } from "./journal/frames.ts";
import { type History, openHistory } from "./journal/history.ts";
import { type Journal, openJournal } from "./journal/journal.ts";
import { settingAside } from "./journal/set-aside.ts";
import type { LinkWatch } from "./link-watch.ts";
import type { CloudLink } from "./uplink/link.ts";

/** What every run needs, with values or without: who the rig is, where frames lie, and what reads them. */
export interface Books {
  config: RigConfig;
  record: RunRecord;
  identity: Identity;
  journal: Journal;
  history: History;
}

/** Books whose frames go to the cloud. */
export interface Linked extends Books {
  cloud: CloudLink;
  link: LinkWatch;
}

export interface BooksOptions {
  /** The edge's own folder. */
  folder: string;
  software: string;
  clock: Clock;
  log: Log;
}

/** Parts in the order in which they were opened, so that they are closed if a later one fails. */
export type Opened = { close(): Promise<unknown> }[];

/** Runs `start`; where it throws, what it had opened is closed again, so that it can be tried anew. */
export async function orClose<T>(start: (opened: Opened) => Promise<T>): Promise<T> {
  const opened: Opened = [];
  try {
    return await start(opened);
  } catch (cause) {
    await Promise.allSettled(opened.map((part) => part.close()));
    throw cause;
  }
}

/** Opens the identity, the journal for a new run that begins `at` (ms UTC), and its reader. Throws if the folder is another rig's or the journal cannot be opened. */
export async function openBooks(
  config: RigConfig,
  at: number,
  { folder, software, clock, log }: BooksOptions,
  opened: Opened,
): Promise<Books> {
  const record = recordOf(config, software, at);
  const identity = openIdentity(folder, config.rig);
  const path = join(folder, "journal.db");
  const journal = await openJournal({ path, record, budgetBytes: config.journalBytes, log });
  opened.push(journal);
  if (journal.setAside !== null)
    log.error({ file: journal.setAside }, "the journal could not be read and was set aside");
  const reader = openHistory({ path, rig: config.rig, pem: identity.key.pem });
  opened.push(reader);
  const { encode } = reader;
  const history = { ...reader, encode: settingAside({ encode, takeOut: journal.takeOut, now: clock.now, log }) };
  return { config, record, identity, journal, history };
}

function recordOf(config: RigConfig, software: string, startedAt: number): RunRecord {
  const { origin, name: rigName, well, timeZone } = config;
  return { epoch: newId(), boot: bootId(), software, origin, startedAt, rigName, well, timeZone };
}
