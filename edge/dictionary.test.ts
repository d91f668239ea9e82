import { expect, test } from "vitest";
import type { TagVersion } from "../shared/domain/tag.ts";
import { dictionaryOf, sameVersions, type Told } from "./dictionary.ts";

const nothing: Told = { defined: [], tags: [], dictionary: null };
const tag = (n: number, more: Partial<TagVersion> = {}): TagVersion => ({
  id: n.toString(16).padStart(16, "0"),
  name: `tag_${n}`,
  label: `Tag ${n}`,
  unit: "psi",
  kind: { type: "double", scale: 1, offset: 0 },
  limits: { onDelayS: 5, deadband: 0.02 },
  source: "pumps",
  validFrom: 1_000,
  ...more,
});
/** What the journal knows after it was told all of a dictionary. */
function toldOf(versions: TagVersion[]): Told {
  const { hash, untold } = dictionaryOf(versions, nothing);
  const events = untold.flat();
  const tags = events.flatMap((event) => (event.type === "tag" ? [event.hash] : []));
  const defined = events.flatMap((event) => ("hash" in event ? [event.hash] : []));
  return { defined, tags: versions, dictionary: { hash, tags } };
}

test("a restart with the same configuration tells nothing again", () => {
  const told = toldOf([tag(1), tag(2)]);
  const versions = sameVersions([tag(1, { validFrom: 9_000 }), tag(2, { validFrom: 9_000 })], told);
  const dictionary = dictionaryOf(versions, told);
  expect(dictionary.hash).toBe(told.dictionary?.hash);
  expect(dictionary.untold).toEqual([]);
});

test("a changed limit makes a new version of that tag alone, and a dictionary that differs by it", () => {
  const told = toldOf([tag(1), tag(2), tag(3)]);
  const changed = tag(3, { validFrom: 9_000, limits: { onDelayS: 9, deadband: 0.02 } });
  const versions = sameVersions([tag(1, { validFrom: 9_000 }), tag(2, { validFrom: 9_000 }), changed], told);
  expect(versions.map(({ validFrom }) => validFrom)).toEqual([1_000, 1_000, 9_000]);
  const [events] = dictionaryOf(versions, told).untold;
  expect(events).toMatchObject([
    { type: "tag", version: { name: "tag_3" } },
    { type: "dictionary", parent: told.dictionary?.hash, keep: 2, add: [expect.any(String)] },
  ]);
});

test("many tags are told in several frames, the dictionary last", () => {
  const { untold } = dictionaryOf(
    Array.from({ length: 2_500 }, (_, n) => tag(n)),
    nothing,
  );
  expect(untold.map((events) => events.length)).toEqual([1_000, 1_000, 501]);
  expect(untold.at(-1)?.at(-1)?.type).toBe("dictionary");
});
