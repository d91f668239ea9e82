import type { Id, RigId } from "../shared/domain/id.ts";
import { openReceiver, type Receiver } from "../shared/wire/receiver.ts";

/** One receiver a rig, made when the rig is first heard of. */
export interface Receivers {
  of(rig: RigId): Receiver;
  /** From now on `back` returns to how every receiver is now. */
  mark(): void;
  /** Call after a rollback: what was stepped since `mark` did not happen. */
  back(): void;
  all(): Iterable<[RigId, Receiver]>;
}

/** Ranges a page of an answer, and the least time between receipts. */
const bounds = { pageRanges: 2_000, receiptMs: 5_000 };

export function receiversOf(key: Id, incarnation: Id, version: string, receiptMs = bounds.receiptMs): Receivers {
  const receivers = new Map<RigId, Receiver>();
  /** Those that were asked for since the mark, as they were then; null where there was none. */
  const before = new Map<RigId, Receiver | null>();
  return {
    of(rig) {
      let receiver = receivers.get(rig);
      if (!before.has(rig)) before.set(rig, receiver?.copy() ?? null);
      if (receiver === undefined) {
        receiver = openReceiver({ ...bounds, receiptMs, rig, key, incarnation, version });
        receivers.set(rig, receiver);
      }
      return receiver;
    },
    mark: () => before.clear(),
    back() {
      for (const [rig, receiver] of before) {
        if (receiver === null) receivers.delete(rig);
        else receivers.set(rig, receiver);
      }
      before.clear();
    },
    all: () => receivers,
  };
}
