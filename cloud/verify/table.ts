import type { Report } from "./verify.ts";

/** A report for people: a line a stream, the ticks, and whether it balances. */
export function tableOf({
  rig,
  streams,
  complete,
  ticks,
  dates,
  rows: replayed,
  answers,
  rowsUnfit,
  deadSeconds,
  problems,
  balanced,
}: Report): string {
  const head = [
    "epoch",
    "stream",
    "made",
    "stored",
    "doubled",
    "missing",
    "owed",
    "damaged",
    "lost",
    "quarantined",
    "thinned",
    "expired",
    "digests",
  ];
  const rows = streams
    .filter(({ made, stored }) => made + stored > 0)
    .map((one) => [
      one.epoch,
      one.stream,
      ...[
        one.made,
        one.stored,
        one.doubled,
        one.missing,
        one.owed,
        one.damaged,
        one.lost,
        one.quarantined,
        one.thinned,
        one.expired,
      ].map(String),
      one.edgeDigest === one.cloudDigest ? `equal over ${one.both}` : `DIFFER over ${one.both}`,
    ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const lines = [`rig ${rig ?? "unknown"}`, line(head), ...rows.map(line), "", ...complete.map(completeLine), ""];
  if (ticks !== null) {
    lines.push(
      `ticks: ${ticks.served} served, ${ticks.stored} stored, ${ticks.doubled} doubled, ${ticks.foreign} never served, ${ticks.newer} newer than the ledger, ${ticks.false} false`,
      `not covered: ${ticks.whileDead} while no edge ran (${deadSeconds.toFixed(1)} s between runs), ${ticks.owed} in frames still on the edge, ${ticks.stated} in gaps that the edge stated, ${ticks.thinned} thinned out within the stated bound, ${ticks.readFailed} beside a failed read, ${ticks.unexplained} unexplained`,
    );
  }
  if (dates !== null && dates.dated + dates.undated > 0)
    lines.push(
      `clock not known: ${dates.dated} ticks dated afterwards, ${dates.worstMs} ms off at worst by the ledger, ${dates.undated} without a time`,
    );
  lines.push(...replayLines(replayed, answers));
  if (rowsUnfit > 0) lines.push(`rows that fit no record type, and were not served: ${rowsUnfit}`);
  lines.push(...problems.map((problem) => `NOT RIGHT  ${problem}`), balanced ? "It balances." : "It does NOT balance.");
  return lines.join("\n");
}

function completeLine({ stream, completeTo, underWay }: Report["complete"][number]): string {
  const to =
    completeTo === null ? "not known to when it is complete" : `complete to ${new Date(completeTo).toISOString()}`;
  return `${stream}: ${to}, ${underWay} frames under way`;
}

function replayLines(rows: Report["rows"], answers: Report["answers"]): string[] {
  const lines = rows.flatMap((one) => {
    const cells = Object.entries(one.cells).map(([how, count]) => `${count} ${how}`);
    return [
      `rows of ${one.record} by ${one.device}: ${one.rows} served, ${one.stored} stored, ${one.doubled} doubled, ${one.whileDead} while no edge ran, ${one.owed} still on the edge, ${one.stated} in stated gaps, ${one.thinned} thinned out, ${one.readFailed} beside a failed read, ${one.unexplained} unexplained`,
      `  cells: ${one.cellsWrong} wrong, ${one.cellsMissing} missing, ${one.cellsThinned} thinned out within their bound; ${cells.join("; ")}`,
      ...(one.unread.length === 0 ? [] : [`  no tag reads ${one.unread.join(", ")}`]),
    ];
  });
  return [
    ...lines,
    ...answers.map(({ record, served, stored }) => `answers with rows of ${record}: ${served} given, ${stored} stored`),
  ];
}
