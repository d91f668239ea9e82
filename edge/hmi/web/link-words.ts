import type { HmiLink } from "../../../shared/domain/hmi.ts";
import { ageText } from "../../../shared/ui/format.ts";

/** What the network says of a broker that cannot be reached, and what it means to somebody on a rig. */
const words: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, "the office's broker does not answer"],
  [/ENOTFOUND|EAI_AGAIN/, "the office's address is not found"],
  [/ENETUNREACH|EHOSTUNREACH|ENETDOWN/, "there is no network to the office"],
  [/ETIMEDOUT|connack timeout|timed out/i, "the office does not answer in time"],
  [/ECONNRESET|EPIPE|socket hang up|connection closed/i, "the connection to the office broke off"],
];

/** Why the link is down, in plain words; what is not known here stays as it is. */
export function linkReason(reason: string): string {
  return words.find(([pattern]) => pattern.test(reason))?.[1] ?? reason;
}

/** The office sends a receipt at most every 5 s: after so long without one, for what went out, something is wrong. */
const ANSWER_MS = 15_000;

/** How long nothing has come of what goes out though the link is up, "24 s"; null where answers come, or are not due. */
export function silentText({ state, unansweredSince }: Pick<HmiLink, "state" | "unansweredSince">, wall: number) {
  if (state !== "up" || unansweredSince === null || wall - unansweredSince < ANSWER_MS) return null;
  return ageText(wall - unansweredSince);
}

/** The same as a sentence's part: "no answer for 24 s". */
export function noAnswer(link: Pick<HmiLink, "state" | "unansweredSince">, wall: number): string | null {
  const silent = silentText(link, wall);
  return silent === null ? null : `no answer for ${silent}`;
}
