import type { AlarmState } from "../../shared/domain/alarm.ts";
import type { RigState } from "../../shared/domain/rig-state.ts";
import type { Limit, TagVersion } from "../../shared/domain/tag.ts";

/** One limit of a tag that raises an alarm. */
export interface Rule {
  condition: Extract<AlarmState["condition"], "ll" | "l" | "h" | "hh" | "score">;
  limit: Limit;
  /** Below the limit is wrong, not above it. */
  low: boolean;
  /** Where it counts as right again, in engineering units. */
  back: number;
  words: string;
}

const words = { ll: "very low", l: "low", h: "high", hh: "very high" } as const;

/** A tag's rules, the outermost of each side first: while that one is passed, the ones inside it say nothing new. A score has one rule. */
export function rulesOf(tag: TagVersion): Rule[] {
  const rule = (name: keyof typeof words, condition: Rule["condition"]): Rule[] => {
    const limit = tag.limits[name];
    if (limit === undefined) return [];
    const low = name === "l" || name === "ll";
    const band = Math.abs(limit.at) * tag.limits.deadband;
    return [{ condition, limit, low, back: limit.at + (low ? band : -band), words: words[name] }];
  };
  if (tag.unit === "score") return [...rule("h", "score"), ...rule("hh", "score")].slice(0, 1);
  return [...rule("ll", "ll"), ...rule("l", "l"), ...rule("hh", "hh"), ...rule("h", "h")];
}

/** Nobody can tell whether it counts: it depends on what the rig does, and that is not known. */
export function hangsOnState(rule: Rule, state: RigState): boolean {
  return state === "unknown" && rule.limit.states !== undefined;
}

export function applies(rule: Rule, state: RigState): boolean {
  return rule.limit.states === undefined || rule.limit.states.includes(state);
}

export function isBeyond(rule: Rule, value: number): boolean {
  return rule.low ? value < rule.limit.at : value > rule.limit.at;
}

/** Back inside by the deadband. */
export function isBack(rule: Rule, value: number): boolean {
  return rule.low ? value >= rule.back : value <= rule.back;
}

/** The band in which no rule of the tag is passed in this state. */
export function quietBand(rules: readonly Rule[], state: RigState): [number, number] {
  const live = rules.filter((rule) => applies(rule, state));
  return [
    Math.max(Number.NEGATIVE_INFINITY, ...live.filter((rule) => rule.low).map((rule) => rule.limit.at)),
    Math.min(Number.POSITIVE_INFINITY, ...live.filter((rule) => !rule.low).map((rule) => rule.limit.at)),
  ];
}
