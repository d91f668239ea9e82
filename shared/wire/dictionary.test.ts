import fc from "fast-check";
import { expect, test } from "vitest";
import type { DictionaryEvent } from "../domain/event.ts";
import { TagVersion } from "../domain/tag.ts";
import {
  canonicalJson,
  dictionaryEvent,
  dictionaryHash,
  isTagEventTrue,
  resolveDictionary,
  tagEvent,
  tagHash,
  tagListOf,
} from "./dictionary.ts";

const id = fc.stringMatching(/^[0-9a-f]{16}$/);
const version = TagVersion.parse({
  id: "00000001ffffffff",
  name: "hookload",
  label: "Hookload",
  unit: "lbf",
  kind: { type: "scaled", bits: 64, scale: 0.1 },
  source: "PLC",
  validFrom: 0,
});

test("a tag's hash does not depend on the order of its fields, but on every value", () => {
  const reordered = Object.fromEntries(Object.entries(version).reverse());
  expect(tagHash(TagVersion.parse(reordered))).toBe(tagHash(version));
  expect(tagHash({ ...version, label: "Hook load" })).not.toBe(tagHash(version));
  expect(tagHash({ ...version, kind: { type: "scaled", bits: 64, signed: true, scale: 0.2, offset: 0 } })).not.toBe(
    tagHash(version),
  );
  expect(tagHash(version)).toMatch(/^[0-9a-f]{16}$/);
});

test("canonical JSON survives a journey through JSON, which drops what is undefined", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const content = { value, none: undefined };
      expect(canonicalJson(JSON.parse(JSON.stringify(content)))).toBe(canonicalJson(content));
    }),
  );
});

test("a tag event whose hash is another's is found out", () => {
  expect(isTagEventTrue(tagEvent(version))).toBe(true);
  expect(isTagEventTrue({ ...tagEvent(version), hash: "0000000000000000" })).toBe(false);
});

test("a chain of any dictionaries resolves to the list that was named", () => {
  fc.assert(
    fc.property(fc.array(fc.array(id, { maxLength: 8 }), { minLength: 1, maxLength: 6 }), (lists) => {
      const known = new Map<string, DictionaryEvent>();
      let parent: { hash: string; tags: string[] } | null = null;
      for (const tags of lists) {
        const event: DictionaryEvent = dictionaryEvent(tags, parent);
        // A list that came before keeps its first event: it must not become its own ancestor.
        if (!known.has(event.hash)) known.set(event.hash, event);
        parent = { hash: event.hash, tags };
      }
      for (const tags of lists)
        expect(resolveDictionary(dictionaryHash(tags), (hash) => known.get(hash))).toEqual(tags);
    }),
  );
});

test("an unknown ancestor is told, a chain that lies is refused", () => {
  const first = dictionaryEvent(["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"], null);
  const second = dictionaryEvent(["aaaaaaaaaaaaaaaa"], {
    hash: first.hash,
    tags: ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"],
  });
  const of =
    (...events: DictionaryEvent[]) =>
    (hash: string) =>
      events.find((event) => event.hash === hash);
  expect(resolveDictionary(second.hash, of(second))).toBeNull();
  expect(resolveDictionary(second.hash, of(first, second))).toEqual(["aaaaaaaaaaaaaaaa"]);
  expect(() => resolveDictionary(second.hash, of(first, { ...second, keep: 3 }))).toThrow("keeps 3 of 2 tags");
  expect(() => resolveDictionary(second.hash, of(first, { ...second, keep: 2 }))).toThrow("another hash");
  expect(() => resolveDictionary(first.hash, of({ ...first, parent: first.hash }))).toThrow("ancestors");
});

test("the codec's view of tags has both halves of each id and how values are read", () => {
  expect(tagListOf([version])).toEqual({ ids: Uint32Array.of(1, 0xffffffff), representations: ["long"] });
});
