import type { RigId } from "../../shared/domain/id.ts";
import type { Coverage, History } from "../archive/history.ts";
import type { Contacts } from "../live/contacts.ts";

/** Coverage of a span as it stands at `now`: what a rig that reports is doing is "under way", of a silent one nothing is known. */
export async function coverageNow(
  history: Pick<History, "rig" | "coverage">,
  contacts: Contacts,
  rig: RigId,
  { start, end }: { start: number; end: number },
  now = Date.now(),
): Promise<Coverage> {
  const { online } = contacts.of(rig, await history.rig(rig), now);
  return history.coverage(rig, start, end, online ? now : null);
}
