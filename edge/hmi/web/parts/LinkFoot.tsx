import type { HmiLane, HmiLink, HmiStorage } from "../../../../shared/domain/hmi.ts";
import { ageText, spanText, type Zone } from "../../../../shared/ui/format.ts";
import { nearestOf, spentText } from "../budget.ts";
import { silentText } from "../link-words.ts";

/** The way to the cloud in one line: link, lanes, watermark, room. What is not measured is not there. */
export function LinkFoot({
  link,
  storage,
  wall,
  zone,
}: {
  link: HmiLink | null;
  storage: HmiStorage | null;
  wall: number;
  zone: Zone;
}) {
  if (link === null) return <footer class="foot" />;
  const lane = (name: string) => link.lanes.find((one) => one.lane === name);
  const events = lane("events");
  const live = lane("live");
  const backfill = lane("backfill");
  const silent = silentText(link, wall);
  const isHeld = link.state === "up" && link.budget?.backfillHeldBy != null;
  const budget = link.budget === null ? null : nearestOf(link.budget);
  const spent = budget === null ? null : spentText(budget.usedBytes, budget.limitBytes);
  return (
    <footer class="foot">
      <span>
        <b>{silent === null ? `Link ${link.state}` : "No answer"}</b> {silent ?? ""}
        {link.state === "up" && silent === null && link.roundTripMs !== null
          ? `${Math.round(link.roundTripMs)} ms`
          : ""}
        {link.state === "down" && `for ${spanText(wall - link.since)}`}
      </span>
      {events !== undefined && (
        <span>
          Events <b>{events.waitingFrames === 0 ? "sent" : framesText(events.waitingFrames)}</b>
        </span>
      )}
      {live !== undefined && (
        <span>
          Live <b>{link.state === "up" ? liveText(live, link, wall) : "stopped"}</b>
        </span>
      )}
      {backfill !== undefined && backfill.waitingFrames > 0 && (
        <span>
          Backfill <b>{backfillText(backfill)}</b>
          {isHeld && ", held back"}
          {link.state === "up" && silent === null && !isHeld && link.doneAt !== null && (
            <>
              , done about <b>{zone.minute(link.doneAt)}</b>
            </>
          )}
        </span>
      )}
      {budget !== null && spent !== null && (
        <span>
          Budget <b>{spent.used}</b> of {spent.of}/{shortSpan[budget.span]}
        </span>
      )}
      {link.completeTo !== null && (
        <span>
          Cloud complete to <b>{zone.time(link.completeTo)}</b>
        </span>
      )}
      {storage?.failed != null && (
        <span>
          <b>Nothing is stored: {storage.failed}</b>
        </span>
      )}
      {storage !== null && storage.roomMs !== null && (
        <span class="last">
          Room without link <b>{spanText(storage.roomMs)}</b>
        </span>
      )}
    </footer>
  );
}

const shortSpan = { hour: "h", day: "day", month: "month" } as const;

function liveText({ waitingFrames, oldestAt }: HmiLane, { budget }: HmiLink, wall: number): string {
  if (budget?.previewsFor != null) return "as previews";
  if (waitingFrames === 0) return "up to date";
  return oldestAt === null ? framesText(waitingFrames) : `${ageText(wall - oldestAt)} behind`;
}

const framesText = (count: number) => `${count.toLocaleString("en")} ${count === 1 ? "frame" : "frames"} waiting`;

/** How much drilling time waits. */
function backfillText({ waitingFrames, waitingMs }: HmiLane): string {
  return waitingMs === undefined ? `${waitingFrames.toLocaleString("en")} frames` : spanText(waitingMs);
}

/** In its place while the screen is cut off. */
export function LostFoot({ lostAt, attempts, zone }: { lostAt: number; attempts: number; zone: Zone }) {
  return (
    <footer class="foot">
      <span>
        <b>Screen</b> lost at {zone.time(lostAt)}
      </span>
      <span>
        Attempts <b>{attempts}</b>
      </span>
      <span>The rig box records on by itself</span>
      <span class="last">Acknowledge and commands are off until it is back</span>
    </footer>
  );
}
