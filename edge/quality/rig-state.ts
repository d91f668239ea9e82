import type { EpochMs } from "../../shared/domain/id.ts";
import { BAD, type Block, QUALITY_MASK, rawNumber } from "../../shared/domain/reading.ts";
import { type RigState, rigStates } from "../../shared/domain/rig-state.ts";
import { representationOf, type TagVersion } from "../../shared/domain/tag.ts";

/** What the rig is doing, as its tag `rig_state` says; unknown where there is no such tag or its value is bad. */
export interface RigStateWatch {
  /** Takes in a block and says the state after it. */
  observe(block: Block): RigState;
}

export function openRigState(tags: readonly TagVersion[]): RigStateWatch {
  const position = tags.findIndex((tag) => tag.name === "rig_state");
  const kind = tags[position]?.kind;
  let state: RigState = "unknown";
  return {
    observe(block) {
      if (kind === undefined) return state;
      for (let i = 0; i < block.length; i++) {
        if (block.tag[i] !== position) continue;
        const bad = ((block.status[i] ?? 0) & QUALITY_MASK) === BAD;
        state = bad ? "unknown" : (rigStates[rawNumber(block, i, representationOf(kind))] ?? "unknown");
      }
      return state;
    },
  };
}

/** When the state `after` began, if it was first seen at `at` following `before`; null where nobody saw the change, as it may have been so long before. */
export function beganAt(before: RigState, after: RigState, at: EpochMs): EpochMs | null {
  return before === "unknown" && after !== "unknown" ? null : at;
}
