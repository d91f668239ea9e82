import { type AdviceByAlarm, scoreKey } from "../shared/domain/advice.ts";
import type { RigConfig } from "../shared/domain/rig-config.ts";
import type { TagVersion } from "../shared/domain/tag.ts";

/** The texts of a configuration by the alarm that they are about; `score` is the tag of the model's score, null where no model runs. */
export function adviceIn({ devices, scoring }: RigConfig, score: TagVersion | null): AdviceByAlarm {
  const texts: AdviceByAlarm[] = [];
  for (const { advice, tags } of devices) {
    // A device's alarm goes by its first tag.
    if (advice !== undefined) texts.push({ [`${tags[0]?.id}:link`]: advice });
    for (const tag of tags)
      for (const [condition, advice] of Object.entries(tag.advice ?? {}))
        if (advice !== undefined) texts.push({ [`${tag.id}:${condition}`]: advice });
  }
  if (score !== null)
    for (const [input, sides] of Object.entries(scoring?.advice ?? {}))
      for (const side of ["below", "above"] as const) {
        const advice = sides[side];
        if (advice !== undefined) texts.push({ [scoreKey(`${score.id}:score`, input, side)]: advice });
      }
  return Object.assign({}, ...texts);
}
