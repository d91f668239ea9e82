import { openDying } from "../shared/node/died.ts";
import type { SenderFacts } from "../shared/wire/sender-facts.ts";
import type { RunRecord } from "./journal/frames.ts";
import type { Journal } from "./journal/journal.ts";
import type { CloudLink, LinkState } from "./uplink/link.ts";

export interface RelinkedParts {
  journal: Pick<Journal, "onWhole">;
  /** Opens the talk with the cloud of a journal that holds this. */
  open(facts: SenderFacts, record: RunRecord): CloudLink;
  /** Called when a talk has ended because its journal was set aside. */
  ended(): void;
  changed(): void;
}

/** The talk with the cloud: begun when the journal is whole, ended when its file is set aside, begun anew with what was read back. Meanwhile frames wait. */
export function openRelinked({ journal, open, ended, changed }: RelinkedParts): CloudLink {
  let link: CloudLink | null = null;
  let stopped = false;
  let ending: Promise<unknown> = Promise.resolve();
  let since = Date.now();
  const { died, fail } = openDying();

  function begin(facts: SenderFacts, record: RunRecord): void {
    if (stopped) return;
    const mine = open(facts, record);
    link = mine;
    mine.died.catch((cause: unknown) => {
      if (link === mine) fail(cause);
    });
    changed();
  }

  journal.onWhole(begin, () => {
    const old = link;
    [link, since] = [null, Date.now()];
    ending = ending.then(() => old?.stop()).catch(fail);
    ended();
    changed();
  });

  return {
    state: () => link?.state() ?? waiting(since),
    async stop() {
      stopped = true;
      await ending;
      await link?.stop();
    },
    died,
  };
}

function waiting(since: number): LinkState {
  const none = { events: null, live: null, backfill: null };
  const uplink = { sentBytes: 0, receivedBytes: 0, oversized: 0, roundTripMs: null };
  return {
    lastReceiptAt: null,
    lastAnswerAt: null,
    unansweredSince: null,
    refused: 0,
    uplink: { up: false, since, reason: "the journal is not open, or is being read back", ...uplink },
    owed: { events: 0, live: 0, backfill: 0 },
    oldest: none,
    bitsPerSecond: none,
    verdict: { backfillHeldBy: null, opensAt: null, previewsFor: null },
    pace: {},
    bytesPerSecond: null,
    asked: [],
  };
}
