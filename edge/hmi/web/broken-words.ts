import type { HmiFault, HmiLink, HmiStorage } from "../../../shared/domain/hmi.ts";
import { spanText } from "../../../shared/ui/format.ts";
import { linkReason } from "./link-words.ts";

/** What goes on while nothing is read. Only what is so at this moment. */
export function stillWorking(
  fault: HmiFault,
  link: HmiLink | null,
  storage: HmiStorage | null,
  wall: number,
): string[] {
  const own = "Sign-in and this page, also without the cloud";
  if (fault.notKept !== null) return [own];
  const from = storage?.historyFrom ?? null;
  const history =
    from === null ? "What is kept on this box, readable" : `History of ${spanText(wall - from)} on this box, readable`;
  return [`${history} under Alarms and Link`, ...(sendingText(link) ?? []), own];
}

/** What does not, until this page is gone. */
export function notWorking(fault: HmiFault, link: HmiLink | null): string[] {
  const devices =
    fault.devices === null ? "all devices" : fault.devices === 1 ? "the device" : `all ${fault.devices} devices`;
  const kept =
    fault.notKept !== null
      ? [`History, and sending of what is kept: ${fault.notKept}`]
      : link?.state === "down"
        ? [`Sending: no connection to the office${link.reason === null ? "" : ` (${linkReason(link.reason)})`}`]
        : [];
  return [`Reading of ${devices}`, "Alarms of all tags", "Anomaly score", ...kept];
}

/** What waits, and whether it goes; null where this rig has no office. */
function sendingText(link: HmiLink | null): string[] | null {
  if (link === null || link.state === "off") return null;
  const waiting = link.lanes.filter(({ waitingFrames }) => waitingFrames > 0);
  if (waiting.length === 0) return link.state === "up" ? ["Everything kept is sent"] : [];
  const ms = waiting.reduce((sum, { waitingMs }) => sum + (waitingMs ?? 0), 0);
  const what = ms === 0 ? "events" : `${spanText(ms)} of values`;
  return [`Unsent data: ${what} kept, ${link.state === "up" ? "sending" : "waiting for the office"}`];
}
