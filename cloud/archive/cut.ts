import { noChecksum, subtractChecksums } from "../../shared/wire/checksum.ts";
import type { HeldRange } from "../../shared/wire/held.ts";
import type { Checksum, SeqRange } from "../../shared/wire/names.ts";

/**
 * The same list with its ranges cut before each of these seqs, so that none reaches over one. `sumOf` works out the checksum of the frames of a part;
 * the other part has what is left. A range of which it can't tell (null) stays whole.
 */
export function cutHeld(
  held: readonly HeldRange[],
  cuts: readonly number[],
  sumOf: (range: SeqRange) => Checksum | null,
): HeldRange[] {
  const places = [...cuts].sort((x, y) => x - y);
  const parts: HeldRange[] = [];
  let at = 0;
  for (const range of held) {
    while ((places[at] ?? Number.POSITIVE_INFINITY) <= range.first) at++;
    let rest = range;
    for (let cut = places[at]; cut !== undefined && cut <= range.last; cut = places[++at]) {
      const [before, behind] = cutRange(rest, cut, sumOf);
      if (before === undefined || behind === undefined) continue;
      parts.push(before);
      rest = behind;
    }
    parts.push(rest);
  }
  return parts;
}

function cutRange(range: HeldRange, cut: number, sumOf: (range: SeqRange) => Checksum | null): HeldRange[] {
  const { first, last, state, checksum } = range;
  if (cut <= first || cut > last) return [range];
  const empty = state === "lost" || state === "quarantined";
  // The smaller part is the cheaper one to add up.
  const left = cut - first <= last - cut + 1;
  const part = left ? { first, last: cut - 1 } : { first: cut, last };
  const sum = empty ? noChecksum : sumOf(part);
  if (sum === null) return [range];
  const rest = empty ? noChecksum : subtractChecksums(checksum, sum);
  return [
    { first, last: cut - 1, state, checksum: left ? sum : rest },
    { first: cut, last, state, checksum: left ? rest : sum },
  ];
}
