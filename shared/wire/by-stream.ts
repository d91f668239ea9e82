import type { Id } from "../domain/id.ts";
import type { Stream } from "./names.ts";

/** One value for each stream of an epoch, found without a key being made of the two. */
export class ByStream<T> {
  private readonly maps: Record<Stream, Map<Id, T>> = { telemetry: new Map(), events: new Map() };

  get(epoch: Id, stream: Stream): T | undefined {
    return this.maps[stream].get(epoch);
  }

  has(epoch: Id, stream: Stream): boolean {
    return this.maps[stream].has(epoch);
  }

  set(epoch: Id, stream: Stream, value: T): void {
    this.maps[stream].set(epoch, value);
  }

  delete(epoch: Id, stream: Stream): void {
    this.maps[stream].delete(epoch);
  }

  /** Every value with its epoch and stream: telemetry first, each in the order in which it was first set. */
  *entries(): Generator<{ epoch: Id; stream: Stream; value: T }> {
    for (const stream of ["telemetry", "events"] as const)
      for (const [epoch, value] of this.maps[stream]) yield { epoch, stream, value };
  }
}
