import type { HmiBudget, HmiSpent } from "../../../../shared/domain/hmi.ts";
import { bytesText, type Zone } from "../../../../shared/ui/format.ts";
import { ShareBar } from "../../../../shared/ui/ShareBar.tsx";
import { heldText, previewText, spentText } from "../budget.ts";

const words = { hour: "Hour", day: "Day", month: "Month" } as const;

/** What the link cost by hour, day and month, of what it may cost, with the forecast; and what is held back for it. */
export function BudgetCard({ budget, wall, zone }: { budget: HmiBudget; wall: number; zone: Zone }) {
  const held = heldText(budget, zone);
  const preview = previewText(budget);
  const limited = budget.spent.some(({ limitBytes }) => limitBytes !== null);
  return (
    <section class="card budget" aria-label="Data budget">
      <span class="line">
        <h2>Data budget</h2>
        <span class="label">{notesOf(budget, wall, zone)}</span>
      </span>
      {budget.spent.map((spent) => (
        <Spent key={spent.span} spent={spent} zone={zone} />
      ))}
      {!limited && <p class="label">No budget set: nothing is held back.</p>}
      {held !== null && <p class="held">Backfill is {held}.</p>}
      {preview !== null && <p>{preview}.</p>}
    </section>
  );
}

function Spent({ spent, zone }: { spent: HmiSpent; zone: Zone }) {
  const { span, usedBytes, limitBytes, forecastBytes } = spent;
  const share = (bytes: number | null) => (bytes === null || limitBytes === null ? null : bytes / limitBytes);
  const { used, of } = spentText(usedBytes, limitBytes);
  return (
    <div class="spent">
      <b>{words[span]}</b>
      <span>
        <b>{used}</b>
        {of === null ? " sent and received" : ` of ${of}`}
      </span>
      <span class="label">{forecastText(spent, zone)}</span>
      {limitBytes !== null && <ShareBar share={share(usedBytes)} forecast={share(forecastBytes)} />}
    </div>
  );
}

function forecastText({ span, forecastBytes, endsAt }: HmiSpent, zone: Zone): string {
  if (span === "hour") return "rolling";
  if (forecastBytes === null || endsAt === null) return "no forecast yet";
  const [, ...lastDay] = zone.day(endsAt - 1).split(" ");
  return `${bytesText(forecastBytes)} by ${span === "day" ? "midnight" : lastDay.join(" ")}`;
}

function notesOf({ spent }: HmiBudget, wall: number, zone: Zone): string {
  const notes: string[] = [];
  const drawn = spent.some(({ forecastBytes, limitBytes }) => forecastBytes !== null && limitBytes !== null);
  if (drawn) notes.push("hatched: forecast");
  const since = spent.find(({ countedSince }) => countedSince !== null)?.countedSince;
  if (since != null) {
    const isToday = zone.day(since) === zone.day(wall);
    notes.push(`counted since ${isToday ? "" : `${zone.day(since)} `}${zone.minute(since)}`);
  }
  return notes.join(", ");
}
