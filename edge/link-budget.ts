import type { RigConfig } from "../shared/domain/rig-config.ts";
import { every } from "../shared/node/every.ts";
import type { Log } from "../shared/node/log.ts";
import type { Clock } from "./clock.ts";
import { calendarOf } from "./uplink/calendar.ts";
import { type Governor, openGovernor } from "./uplink/governor.ts";
import { openSpending, type Span, type SpendingRecord, type Spent } from "./uplink/spending.ts";
import { openSpendingFile } from "./uplink/spending-file.ts";

/** What the link costs and may cost: counted over restarts, judged against the configuration. */
export interface LinkBudget {
  governor: Governor;
  spent(): Record<Span, Spent>;
  /** Saves what was counted and ends. */
  close(): Promise<void>;
}

export interface LinkBudgetParts {
  config: RigConfig;
  /** The edge's own folder. */
  folder: string;
  /** Of the running system. */
  boot: string;
  clock: Pick<Clock, "now">;
  log: Log;
  saveMs?: number;
}

/** A book that cannot be read or saved costs the count, never the link: counting then begins anew, and says since when. */
export function openLinkBudget({ config, folder, boot, clock, log, saveMs = 1_000 }: LinkBudgetParts): LinkBudget {
  const stopping = new AbortController();
  const file = openSpendingFile(folder);
  const calendar = calendarOf(config.timeZone);
  const { now } = clock;
  const spending = openSpending({ calendar, now, boot, before: before() });
  const { uplink: settings, tickMs } = config;
  const governor = openGovernor({ settings, tickMs, calendar, spending, now });
  let saved = "";
  let writable = true;

  function before(): SpendingRecord | null {
    const anew = "what the link has cost cannot be read: counting begins anew";
    try {
      const read = file.read();
      if (read === null || "value" in read) return read?.value ?? null;
      log.error({ kept: read.damaged.kept }, `${anew}. ${read.damaged.problem}`);
    } catch (error) {
      log.error({ err: error }, anew);
    }
    return null;
  }

  async function save(): Promise<void> {
    const record = spending.record();
    const news = JSON.stringify([record.cells, record.days]);
    if (news === saved) return;
    try {
      await file.write(record);
      saved = news;
      writable = true;
    } catch (error) {
      if (writable) log.error({ err: error }, "what the link has cost cannot be saved: a restart would forget it");
      writable = false;
    }
  }

  async function keep(): Promise<void> {
    for await (const _ of every(saveMs, stopping.signal)) await save();
  }
  const keeping = keep();

  return {
    governor,
    spent: spending.spent,
    async close() {
      stopping.abort();
      await keeping;
      await save();
    },
  };
}
