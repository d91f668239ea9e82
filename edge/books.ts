import { join } from "node:path";
import type { RigConfig } from "../shared/domain/rig-config.ts";
import { newId } from "../shared/node/id.ts";
import type { Log } from "../shared/node/log.ts";
import type { Clock } from "./clock.ts";
import { type Identity, openIdentity } from "./identity.ts";
import type { RunRecord } from "./journal/frames.ts";
import { type History, openHistory } from "./journal/history.ts";
import { type Journal, openJournal } from "./journal/journal.ts";
import { takingOut } from "./journal/taking-out.ts";
import { type LinkBudget, openLinkBudget } from "./link-budget.ts";
import type { LinkWatch } from "./link-watch.ts";
import type { CloudLink } from "./uplink/link.ts";

/** What every run needs, with values or without: who the rig is, where frames lie, and what reads them. */
export interface Books {
  config: RigConfig;
  /** Of this run as it began; where its journal was begun anew, another epoch runs since. */
  record: RunRecord;
  identity: Identity;
  journal: Journal;
  history: History;
  budget: LinkBudget;
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
  /** Why the folder is not locked for this process, so that nothing may be stored; null, or absent, where it is. */
  unlocked?: () => string | null;
}

/** What a rig's parts are told besides its configuration. */
export interface RigOptions extends BooksOptions {
  /** Another broker than the configuration's. */
  mqttUrl: string | undefined;
  claimToken: string | undefined;
  changed(): void;
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

/** Opens the identity, the journal for a new run that begins `at` (ms UTC), and its reader. Throws if the folder is another rig's, or the journal a newer release's; where the disk does not give it, it is opened as soon as it does. */
export async function openBooks(
  config: RigConfig,
  at: number,
  { folder, software, clock, log, unlocked = () => null }: BooksOptions,
  opened: Opened,
): Promise<Books> {
  const record = recordOf(config, { software, at, boot: clock.boot });
  const identity = openIdentity(folder, config.rig);
  const path = join(folder, "journal.db");
  if (identity.lost !== null) log.error({ folder }, identity.lost);
  const { journalBytes: budgetBytes } = config;
  const journal = await openJournal({ path, record, budgetBytes, log, now: clock.now, barred: unlocked });
  opened.push(journal);
  if (journal.opening.last !== null) clock.follow(journal.opening.last);
  const shown = new Set(config.uplink.previewTags);
  const previewTags = config.devices.flatMap(({ tags }) => tags.flatMap(({ id, name }) => (shown.has(name) ? id : [])));
  const reader = openHistory({ path, rig: config.rig, pem: identity.key.pem, previewTags }, examining(journal));
  opened.push(reader);
  const { encode } = reader;
  const history = { ...reader, encode: takingOut({ encode, takeOut: journal.takeOut, now: clock.now, log }) };
  const budget = openLinkBudget({ config, folder, boot: record.boot, clock, log });
  opened.push(budget);
  return { config, record, identity, journal, history, budget };
}

/** A look reads the whole file: where it finds nothing, the next one waits. */
const EXAMINE_MS = 600_000;

/** Has the journal looked at when its reader comes upon damage. */
function examining(journal: Journal): () => void {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() - last < EXAMINE_MS) return;
    last = performance.now();
    journal.examine().catch(() => undefined); // The thread died: the journal's `died` tells.
  };
}

function recordOf(config: RigConfig, run: { software: string; at: number; boot: string }): RunRecord {
  const { origin, name: rigName, well, timeZone } = config;
  const { software, at: startedAt, boot } = run;
  return { epoch: newId(), boot, software, origin, startedAt, rigName, well, timeZone };
}
