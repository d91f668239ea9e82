import type { Ailment } from "../physics/process.ts";
import type { Random } from "../physics/random.ts";
import { type Fault, isActive } from "./fault.ts";

/** A hole grows fast at first, then slower. */
const WASHOUT_S = 120;

/** What the faults of the process do at a time; the final leak of a washout, 8 to 15 % of the pressure, is drawn once for each. */
export function openAilments(faults: readonly Fault[], random: Random): (time: number) => Ailment {
  const washouts = faults
    .filter((fault) => fault.kind === "washout")
    .map((fault) => ({ fault, leak: 0.08 + 0.07 * random.next() }));
  return (time) => {
    let left = 1;
    for (const { fault, leak } of washouts)
      if (isActive(fault, time)) left *= 1 - leak * (1 - Math.exp(-(time - fault.from) / WASHOUT_S));
    return { leak: 1 - left };
  };
}
