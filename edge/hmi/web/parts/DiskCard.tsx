import type { HmiStorage } from "../../../../shared/domain/hmi.ts";
import { bytesText, spanText } from "../../../../shared/ui/format.ts";
import { ShareBar } from "../../../../shared/ui/ShareBar.tsx";

/** The box's own disk: how full, how far back its history goes, what the office has not confirmed yet, and what is left beside it. */
export function DiskCard({ storage, wall }: { storage: HmiStorage; wall: number }) {
  const history =
    storage.historyFrom === null ? "No history yet" : `Own history ${spanText(wall - storage.historyFrom)}`;
  return (
    <section class="card disk" aria-label="Disk on this box">
      <span class="line">
        <h2>Disk on this box</h2>
        <span>
          <b>{bytesText(storage.usedBytes)}</b> of {bytesText(storage.budgetBytes)}
        </span>
      </span>
      <ShareBar share={storage.usedBytes / storage.budgetBytes} />
      {storage.failed !== null && (
        <p class="trouble" role="alert">
          Nothing is stored: {storage.failed}
        </p>
      )}
      <p class="label">
        {history}, {bytesText(storage.owedBytes)} not yet confirmed
        <span class="whenfull"> by the office. {leftText(storage)}</span>
      </p>
    </section>
  );
}

/** What is left of the disk that the journal lies on, and how much of it the journal leaves alone; else what goes when its budget is full. */
function leftText({ freeBytes, reserveBytes }: HmiStorage): string {
  if (freeBytes === null || reserveBytes === null) return "When full, delivered data goes, the rest is thinned.";
  return `${bytesText(freeBytes)} free on the disk, ${bytesText(reserveBytes)} of it reserve.`;
}
