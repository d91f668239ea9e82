import { type Reason, reasonCode, reasonText } from "../../shared/domain/reading.ts";
import type { TagVersion } from "../../shared/domain/tag.ts";
import type { Raised } from "./life.ts";

const silent = new Set([
  ...(["not polled", "no answer in time"] as const satisfies Reason[]).map((reason) => reasonCode(reason)),
  reasonCode("device exception", 10),
  reasonCode("device exception", 11),
]);

/** The alarm of a score that is not made. */
export function scoreAlarm(tag: TagVersion): Raised {
  return { ...tagAlarm(tag, 0, false), text: `${tag.label} has no value`, trouble: "no score" };
}

/** The alarm of a tag that stands still or has no good value. */
export function tagAlarm({ id, name, label, unit }: TagVersion, reason: number, still: boolean): Raised {
  const text = still ? `${label} stands still` : `${label} has no good value: ${reasonText(reason)}`;
  return {
    alarm: `${id}:quality`,
    tag: id,
    name,
    text,
    condition: "quality",
    priority: 4,
    value: null,
    limit: null,
    unit,
    trouble: still ? "stands still" : "no good value",
  };
}

/** The alarm of a device whose tags `cut` do not come, of all its tags `own`; null where none is cut. */
export function linkAlarm(
  tags: readonly TagVersion[],
  source: string,
  own: readonly number[],
  cut: readonly number[],
  why: Uint32Array,
): Raised | null {
  const first = tags[own[0] ?? 0];
  const one = cut[0];
  if (first === undefined || one === undefined) return null;
  const share = cut.length === own.length ? "" : ` (${cut.length} of ${own.length} values missing)`;
  const reason = why[one] ?? 0;
  const wrong = silent.has(reason) ? " does not answer" : `: ${reasonText(reason)}`;
  const text = `${source.charAt(0).toUpperCase()}${source.slice(1)}${wrong}${share}`;
  return {
    alarm: `${first.id}:link`,
    tag: first.id,
    name: source,
    text,
    condition: "link",
    priority: 2,
    value: null,
    limit: null,
    unit: "",
    trouble: share === "" ? "silent" : "partly silent",
  };
}
