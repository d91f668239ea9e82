import fc from "fast-check";
import { expect, test } from "vitest";
import { anyBlock, tags } from "../../test/support/arbitraries.ts";
import { Block } from "../domain/reading.ts";
import { addChecksums, checksumOf, hashBytes, subtractChecksums } from "./checksum.ts";

function reversed(block: Block): Block {
  const other = new Block();
  for (let i = block.length - 1; i >= 0; i--)
    other.pushFrom(block, i, tags.representations[block.tag[i] ?? 0] === "text");
  return other;
}

test("the order of readings does not change their checksum, and parts add up to the whole", () => {
  fc.assert(
    fc.property(anyBlock(), anyBlock(), (one, other) => {
      const sum = addChecksums(checksumOf(one, tags), checksumOf(other, tags));
      const both = reversed(one);
      for (let i = 0; i < other.length; i++)
        both.pushFrom(other, i, tags.representations[other.tag[i] ?? 0] === "text");
      expect(checksumOf(both, tags)).toEqual(sum);
      expect(subtractChecksums(sum, checksumOf(one, tags))).toEqual(checksumOf(other, tags));
    }),
  );
});

test("a reading that differs in any one bit has another checksum", () => {
  const base = () => {
    const block = new Block();
    block.pushBits(3, 1_789_948_800_123, 0x12345678, 0x40590000, 4, 7);
    return block;
  };
  const seen = new Set<string>();
  const note = (block: Block) => {
    const { a, b } = checksumOf(block, tags);
    for (const half of [`a${a}`, `b${b}`]) {
      expect(seen.has(half)).toBe(false);
      seen.add(half);
    }
  };
  note(base());
  for (let bit = 0; bit < 32; bit++) {
    for (const w of [0, 1]) {
      const block = base();
      block.words[w] = (block.words[w] ?? 0) ^ (1 << bit);
      note(block);
      const later = base();
      const at = new Uint32Array(later.at.buffer);
      at[w] = (at[w] ?? 0) ^ (1 << bit);
      note(later);
    }
    const block = base();
    block.reason[0] = (block.reason[0] ?? 0) ^ (1 << bit);
    note(block);
  }
  for (const bit of [0, 1, 2, 4, 5, 6, 7]) {
    const block = base();
    block.status[0] = (block.status[0] ?? 0) ^ (1 << bit);
    note(block);
  }
  const block = base();
  block.tag[0] = 9;
  note(block);
});

test("texts count by their bytes, not by where they stand", () => {
  const one = new Block();
  one.pushText(5, 1, "slips", 0, 0);
  const other = new Block();
  other.texts.push("never used");
  other.pushText(5, 1, "slips", 0, 0);
  expect(checksumOf(one, tags)).toEqual(checksumOf(other, tags));
});

test("a hash of bytes sees length and every byte", () => {
  const seen = new Set<string>();
  for (let length = 0; length < 40; length++) {
    for (const marked of [-1, 0, length >> 1, length - 1]) {
      const bytes = new Uint8Array(length);
      if (marked >= 0 && marked < length) bytes[marked] = 1;
      const { a, b } = hashBytes(bytes);
      seen.add(`${length} ${bytes.indexOf(1)} ${a} ${b}`);
    }
  }
  expect(new Set([...seen].map((line) => line.split(" ").slice(2).join(" "))).size).toBe(seen.size);
});
