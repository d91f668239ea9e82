import { Block } from "../../shared/domain/reading.ts";

/** Readings `from` to `to` (not included) of a block, without a copy: the same bytes, the same texts. */
export function viewOf(block: Block, from: number, to: number): Block {
  const view = new Block(0);
  view.tag = block.tag.subarray(from, to);
  view.at = block.at.subarray(from, to);
  view.value = block.value.subarray(from, to);
  view.words = block.words.subarray(2 * from, 2 * to);
  view.status = block.status.subarray(from, to);
  view.reason = block.reason.subarray(from, to);
  view.texts = block.texts;
  view.length = to - from;
  return view;
}
