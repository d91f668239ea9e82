import fc from "fast-check";
import { expect, test } from "vitest";
import { locate } from "./places.ts";

const errorOf = (text: string) => {
  const found = locate(text);
  return "error" in found ? found.error : null;
};
const parses = (text: string) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
/** JSON as people write it, here and there with one character too many, too few, or another. */
const nearlyJson = fc
  .tuple(fc.json({ maxDepth: 5 }), fc.nat(), fc.constantFrom("", ...'{}[],:"\\0-1eE.\n\t truefalsn\u00a0\ufeff'))
  .map(([text, at, put]) => {
    const place = at % (text.length + 1);
    return `${text.slice(0, place)}${put}${text.slice(place + (at % 2))}`;
  });

test("what is JSON is taken, and what is not is refused, save a name that stands twice", () => {
  fc.assert(
    fc.property(fc.oneof(fc.json({ maxDepth: 5 }), nearlyJson, fc.string()), (text) => {
      const error = errorOf(text);
      if (error?.message.includes("stands here twice")) return;
      expect(error === null).toBe(parses(text));
    }),
    { numRuns: 3_000 },
  );
});

test("a fault's place lies in the text or just behind it", () => {
  fc.assert(
    fc.property(nearlyJson, (text) => {
      const error = errorOf(text);
      if (error === null) return;
      const lines = text.split("\n");
      expect(error.line).toBeLessThanOrEqual(lines.length);
      expect(error.column).toBeLessThanOrEqual((lines[error.line - 1]?.length ?? 0) + 1);
    }),
    { numRuns: 1_000 },
  );
});

test("every value has its place, by its path", () => {
  const found = locate('{\n  "a": [1,\n    { "b": null }],\n  "a[1].b": 2\n}');
  expect("places" in found && [...found.places]).toEqual(
    expect.arrayContaining([
      ["a", { line: 2, column: 3 }],
      ["a[0]", { line: 2, column: 9 }],
      ["a[1]", { line: 3, column: 5 }],
    ]),
  );
});
