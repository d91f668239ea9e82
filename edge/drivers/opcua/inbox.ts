import type { DataValue } from "node-opcua-client";
import { AT_SOURCE, Block, reasonCode } from "../../../shared/domain/reading.ts";
import type { Kind } from "../../../shared/domain/tag.ts";
import { putValue } from "./values.ts";

/** Readings that may wait for the next read; what comes beyond is dropped, and said so. */
const mostWaiting = 200_000;

/** What a server published since the last read, and what each tag last was. Items count from 0. */
export interface Inbox {
  /** Every item has a value or a refusal. */
  readonly complete: boolean;
  /** Takes what is told of an item. The same value, status and source time once more (a NaN that a server never finds equal, a subscription that begins anew) is no new reading. */
  put(item: number, data: DataValue, now: number): void;
  refuse(item: number, status: number): void;
  /** The connection is gone: no last value is repeated before a new one came. What was published stays. */
  forget(): void;
  /** Moves all that waits into the block, then a reading of each tag without one. `alive`: the server confirmed lately that it is there. */
  drain(into: Block, alive: boolean, now: number): void;
}

export function openInbox(kinds: readonly Kind[], firstTag: number): Inbox {
  const waiting = new Block(Math.max(64, kinds.length));
  /** One reading an item, the newest, at the item's position; an item that has none is bad by its reason. */
  const last = new Block(kinds.length);
  const known = new Uint8Array(kinds.length);
  /** It was told once, be it on a connection that is gone. */
  const ever = new Uint8Array(kinds.length);
  const refused = new Uint32Array(kinds.length);
  const dropped = new Uint8Array(kinds.length);
  const fresh = new Uint8Array(kinds.length);
  let missing = kinds.length;

  const isText = (item: number) => kinds[item]?.type === "text";

  /** Bit for bit what the item last was, at the source's own time. */
  function isRepeat(item: number, from: number): boolean {
    if (ever[item] === 0 || ((waiting.status[from] ?? 0) & AT_SOURCE) === 0) return false;
    if (waiting.at[from] !== last.at[item] || waiting.status[from] !== last.status[item]) return false;
    if (waiting.reason[from] !== last.reason[item]) return false;
    if (isText(item)) return waiting.texts[waiting.value[from] ?? 0] === last.texts[item];
    return waiting.words[2 * from] === last.words[2 * item] && waiting.words[2 * from + 1] === last.words[2 * item + 1];
  }

  function remember(item: number): void {
    const from = waiting.length - 1;
    ever[item] = 1;
    last.at[item] = waiting.at[from] ?? 0;
    last.words[2 * item] = waiting.words[2 * from] ?? 0;
    last.words[2 * item + 1] = waiting.words[2 * from + 1] ?? 0;
    last.status[item] = waiting.status[from] ?? 0;
    last.reason[item] = waiting.reason[from] ?? 0;
    if (isText(item)) {
      last.texts[item] = waiting.texts[waiting.value[from] ?? 0] ?? "";
      last.value[item] = item;
    }
    settle(item);
    known[item] = 1;
  }

  function settle(item: number): void {
    if (known[item] === 0 && refused[item] === 0) missing--;
  }

  function repeat(into: Block, item: number, now: number): void {
    const to = into.pushFrom(last, item, isText(item));
    into.tag[to] = firstTag + item;
    into.at[to] = now;
    into.status[to] = (last.status[item] ?? 0) & ~AT_SOURCE;
  }

  return {
    get complete() {
      return missing === 0;
    },
    put(item, data, now) {
      const kind = kinds[item];
      if (kind === undefined) return;
      if (waiting.length >= mostWaiting) {
        dropped[item] = 1;
        return;
      }
      const before = waiting.length;
      putValue(waiting, firstTag + item, kind, data, now);
      const again = waiting.length === before + 1 && isRepeat(item, before);
      remember(item);
      if (again) waiting.length = before;
    },
    refuse(item, status) {
      settle(item);
      refused[item] = reasonCode("no such register or node", status >>> 16);
    },
    forget() {
      known.fill(0);
      refused.fill(0);
      missing = kinds.length;
    },
    drain(into, alive, now) {
      fresh.fill(0);
      for (let i = 0; i < waiting.length; i++) {
        const item = (waiting.tag[i] ?? 0) - firstTag;
        fresh[item] = 1;
        into.pushFrom(waiting, i, isText(item));
      }
      waiting.clear();
      for (let item = 0; item < kinds.length; item++) {
        if (dropped[item] === 1) into.pushBad(firstTag + item, now, reasonCode("queue overflow"));
        else if (fresh[item] === 1) continue;
        else if (!alive) into.pushBad(firstTag + item, now, reasonCode("no connection"));
        else if (known[item] === 1) repeat(into, item, now);
        else into.pushBad(firstTag + item, now, refused[item] || reasonCode("no answer in time"));
      }
      dropped.fill(0);
    },
  };
}
