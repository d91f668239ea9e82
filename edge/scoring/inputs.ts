import { BAD, type Block, QUALITY_MASK, rawNumber } from "../../shared/domain/reading.ts";
import { engineering, representationOf, type TagVersion } from "../../shared/domain/tag.ts";
import type { Manifest } from "./manifest.ts";

/** How many samplings a good value stands for an input that a tick has no reading of. */
const heldSamplings = 2;

/**
 * From a tick's readings to the model's inputs, in engineering units and in the manifest's order; NaN where there is no
 * good one. A device whose answer falls just behind a tick has its next one in the tick after: its value holds over such
 * a tick, but a bad reading ends it at once. Throws where the rig lacks an input, or has it in another unit.
 */
export function openInputs(
  manifest: Manifest,
  tags: readonly TagVersion[],
): (block: Block, at: number) => Float64Array {
  const width = manifest.inputs.length;
  const inputOf = new Int16Array(tags.length).fill(-1);
  for (const [i, input] of manifest.inputs.entries()) {
    const position = tags.findIndex((one) => one.name === input.name);
    const found = tags[position];
    if (found === undefined)
      throw new Error(`model ${manifest.id} needs the tag ${input.name}, which this rig does not have`);
    if (found.unit !== input.unit)
      throw new Error(`model ${manifest.id} takes ${input.name} in ${input.unit}, this rig has it in ${found.unit}`);
    inputOf[position] = i;
  }
  const held = new Float64Array(width).fill(Number.NaN);
  const heldAt = new Float64Array(width);
  const longestMs = heldSamplings * manifest.window.samplingMs;
  return (block, at) => {
    for (let r = 0; r < block.length; r++) {
      const position = block.tag[r] ?? 0;
      const input = inputOf[position] ?? -1;
      const found = tags[position];
      if (input < 0 || found === undefined) continue;
      const good = ((block.status[r] ?? BAD) & QUALITY_MASK) === 0;
      held[input] = good ? engineering(found.kind, rawNumber(block, r, representationOf(found.kind))) : Number.NaN;
      heldAt[input] = at;
    }
    // A clock that went back leaves nothing to hold.
    return held.map((value, i) => {
      const age = at - (heldAt[i] ?? 0);
      return age >= 0 && age <= longestMs ? value : Number.NaN;
    });
  };
}
