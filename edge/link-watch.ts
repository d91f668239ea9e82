import { every } from "../shared/node/every.ts";
import type { Log } from "../shared/node/log.ts";
import { type Lane, lanes } from "../shared/wire/names.ts";
import type { History } from "./journal/history.ts";
import { openDrain } from "./uplink/drain.ts";
import type { LinkState } from "./uplink/link.ts";
import type { FrameName } from "./uplink/owed-facts.ts";

/** What only the disk and some patience can tell of the way to the cloud. Times are ms UTC, null while not known. */
export interface LinkFacts {
  /** Frames that waited at the last look. */
  owed: Record<Lane, number>;
  /** When the oldest owed frame of each lane closed; null too where nothing is owed. */
  oldestAt: Record<Lane, number | null>;
  /** Every frame that closed up to here, and that the disk did not have to give up, is receipted as stored. */
  completeTo: number | null;
  /** When no backfill will be waiting at the rate of late; null while none waits or the link is down. */
  doneAt: number | null;
  /** When the oldest telemetry on the disk closed. */
  historyFrom: number | null;
}

export interface LinkWatch {
  facts(): LinkFacts;
  stop(): Promise<void>;
}

export interface LinkWatchParts {
  cloud: { state(): Pick<LinkState, "uplink" | "owed" | "oldest"> };
  history: Pick<History, "closedAt" | "newestBefore" | "oldestAt">;
  log: Log;
  /** Called after each look. */
  changed(): void;
  lookMs?: number;
}

/** The oldest reading changes seldom, and finding it may cost more. */
const HISTORY_LOOKS = 60;

const unknown: Omit<LinkFacts, "owed"> = {
  oldestAt: { events: null, live: null, backfill: null },
  completeTo: null,
  doneAt: null,
  historyFrom: null,
};

/** Looks once a second. While the disk cannot be read nothing is known; the rig goes on. */
export function startLinkWatch({ cloud, history, log, changed, lookMs = 1_000 }: LinkWatchParts): LinkWatch {
  const stopping = new AbortController();
  const drain = openDrain();
  let facts: LinkFacts = { owed: cloud.state().owed, ...unknown };
  let readable = true;
  let looks = 0;

  async function look(): Promise<LinkFacts> {
    const { uplink, owed, oldest } = cloud.state();
    drain.note(uplink.up ? owed.backfill : null);
    const left = owed.backfill === 0 ? null : drain.leftMs();
    const [events, live, backfill] = await Promise.all(lanes.map((lane) => closedAt(oldest[lane])));
    const times = [events, live, backfill].filter((at) => typeof at === "number");
    const known = looks++ % HISTORY_LOOKS === 0 ? null : facts.historyFrom;
    return {
      owed,
      oldestAt: { events: events ?? null, live: live ?? null, backfill: backfill ?? null },
      completeTo: await history.newestBefore(Math.min(Number.MAX_SAFE_INTEGER, ...times)),
      doneAt: left === null ? null : Date.now() + left,
      historyFrom: known ?? (await history.oldestAt()),
    };
  }

  async function closedAt(frame: FrameName | null): Promise<number | null> {
    return frame === null ? null : history.closedAt(frame.epoch, frame.stream, frame.seq);
  }

  async function watch(): Promise<void> {
    for await (const _ of every(lookMs, stopping.signal)) {
      try {
        facts = await look();
        readable = true;
      } catch (error) {
        facts = { owed: cloud.state().owed, ...unknown };
        if (readable) log.error({ err: error }, "the journal cannot be read: what waits is not known");
        readable = false;
      }
      changed();
    }
  }
  const watching = watch();

  return {
    facts: () => facts,
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}
