import type { TagVersion } from "../../shared/domain/tag.ts";
import type { Source } from "../archive/merge.ts";
import { type Excuses, noneUnstored } from "./excuses.ts";
import type { Ledger, LedgerRow } from "./ledger.ts";
import { openPolledRows } from "./polled-rows.ts";
import { emptyReport, type RowReport } from "./row-report.ts";
import { viewsIn } from "./row-views.ts";
import { comparePolled, type TickReport } from "./ticks.ts";
import { openToldRows } from "./told-rows.ts";

/** Answers that held the counter of one record type, as the rig gave them and as they are stored. */
export interface AnswerReport extends Omit<TickReport, "false"> {
  record: string;
}

/** Holds a replay's rows against what is stored of them, source by source; at the end it says what became of each row. */
export interface RowCheck {
  take(source: Source, versionOf: (no: number) => TagVersion): void;
  reports(excuses: Excuses): { rows: RowReport[]; answers: AnswerReport[] };
}

export function openRowCheck({ rows, rowsServed }: Pick<Ledger, "rows" | "rowsServed">): RowCheck {
  const byRecord = Map.groupBy(rows, ({ record }) => record);
  const cellsOf = new Map([...byRecord].map(([record, own]) => [record, cellsIn(own)]));
  const views = new Map<string, ReturnType<typeof openView>>();

  function openView(device: string, record: string) {
    const own = byRecord.get(record) ?? [];
    return { device, record, own, polled: openPolledRows(own), told: openToldRows(own), read: new Set<string>() };
  }

  return {
    take(source, versionOf) {
      if (cellsOf.size === 0) return;
      for (const view of viewsIn(source, versionOf, cellsOf)) {
        const key = `${view.device}/${view.record}`;
        const into = views.get(key) ?? openView(view.device, view.record);
        views.set(key, into);
        for (const { cell } of view.tags) into.read.add(cell);
        into.polled.take(view, source);
        into.told.take(view, source);
      }
    },
    reports(excuses) {
      // A device that is subscribed to repeats between changes what stands: nobody asked the rig for that.
      const asked = [...views.values()].filter(({ told }) => !told.any());
      const reports = [...views.values()].map(({ device, record, own, polled, told, read }) => {
        const unread = [...(cellsOf.get(record) ?? [])].filter((cell) => !read.has(cell));
        const report = { ...emptyReport(device, record, own.length), unread };
        (told.any() ? told : polled).fill(report, excuses);
        return report;
      });
      const unseen = [...byRecord].filter(([record]) => !reports.some((one) => one.record === record));
      const lost = unseen.map(([record, own]) => ({
        ...emptyReport("no device", record, own.length),
        unexplained: own.length,
      }));
      const answers = [...new Set(asked.map(({ record }) => record))].map((record) => {
        const report: AnswerReport = {
          record,
          served: 0,
          ...{ stored: 0, found: 0, spoilt: 0, doubled: 0, foreign: 0, newer: 0 },
          ...noneUnstored(),
        };
        const counters = asked.filter((one) => one.record === record).flatMap(({ polled }) => polled.counters);
        report.stored = counters.filter(({ value }) => value !== null).length;
        comparePolled(report, served(record), counters.filter(isAfterFirst), excuses);
        return report;
      });
      return { rows: [...reports, ...lost], answers };
    },
  };

  function served(record: string) {
    return rowsServed.filter((one) => one.record === record && one.tick > 0);
  }
}

/** A counter at 0 stands before the first row. */
function isAfterFirst({ value }: { value: number | null }): boolean {
  return value === null || value > 0;
}

function cellsIn(rows: readonly LedgerRow[]): ReadonlySet<string> {
  return new Set(rows.flatMap(({ cells }) => [...cells.keys()]));
}
