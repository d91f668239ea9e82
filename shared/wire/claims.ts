import type { Id } from "../domain/id.ts";
import { ByStream } from "./by-stream.ts";
import { subtractChecksums } from "./checksum.ts";
import { type HeldRange, isWhole } from "./held.ts";
import type { Checksum, SeqRange, Stream } from "./names.ts";
import { intersection, minus, overlap, rangesOf } from "./ranges.ts";

/**
 * What the cloud has claimed under the current answer, stream by stream. Its statements grow: a range said to be
 * stored comes back as part of a longer one. What was claimed before is subtracted, so that each claim is compared
 * once, and a conflict does not spread over what follows it.
 */
export class Claims {
  private readonly claims = new ByStream<Claim[]>();
  /** All that is claimed of a stream, as far as it was asked for since it changed. */
  private readonly unions = new ByStream<SeqRange[]>();

  /**
   * What is newly claimed by a statement's range of which the disk has something, with its own checksum; null where nothing is, or it can't be
   * told apart. Of thinned frames what the disk has `whole` is claimed to be compared, and stays to be sent.
   */
  whatIsNew(
    epoch: Id,
    stream: Stream,
    said: HeldRange,
    { kept, whole }: { kept: readonly SeqRange[]; whole: readonly SeqRange[] },
  ): Claim | null {
    if (!isWhole(said.state) && said.state !== "thinned") return null;
    // An original that landed since has another state than the thinned frames that it was stated with.
    if (isWhole(said.state)) this.drop(epoch, stream, (claim) => claim.stays.length > 0 && isTouched(claim, said));
    let ranges: SeqRange[] = [{ first: said.first, last: said.last }];
    let checksum = said.checksum;
    for (const claim of this.claims.get(epoch, stream) ?? []) {
      if (!isTouched(claim, said)) continue;
      if (minus(claim.ranges, [said]).length > 0) return null;
      ranges = minus(ranges, claim.ranges);
      checksum = subtractChecksums(checksum, claim.checksum);
    }
    if (intersection(ranges, kept).length === 0) return null;
    const stays = said.state === "thinned" ? intersection(ranges, whole) : [];
    return { ranges, stays, checksum, state: "proving", madeAt: 0 };
  }

  add(epoch: Id, stream: Stream, claim: Claim): void {
    const claims = this.claims.get(epoch, stream);
    if (claims === undefined) this.claims.set(epoch, stream, [claim]);
    else claims.push(claim);
    this.unions.delete(epoch, stream);
  }

  /** The journal's verdict on a claim. */
  settle(epoch: Id, stream: Stream, ranges: readonly SeqRange[], state: "proven" | "differs"): void {
    const claims = this.claims.get(epoch, stream) ?? [];
    for (const claim of claims)
      if (claim.state === "proving" && intersection(claim.ranges, ranges).length > 0) claim.state = state;
    this.unions.delete(epoch, stream);
  }

  /** A frame whose claim was refused stays where it is: sending it again would be trimmed. */
  ofStream(epoch: Id, stream: Stream): readonly SeqRange[] {
    let ranges = this.unions.get(epoch, stream);
    if (ranges === undefined) {
      ranges = rangesOf((this.claims.get(epoch, stream) ?? []).flatMap(busyOf));
      this.unions.set(epoch, stream, ranges);
    }
    return ranges;
  }

  /** An epoch's frames are owed again: what was claimed of them no longer holds. */
  forget(epoch: Id, stream: Stream, ranges: readonly SeqRange[]): void {
    this.drop(epoch, stream, (claim) => intersection(claim.ranges, ranges).length > 0);
  }

  /** The disk has these whole no more: what was to be sent of them may be claimed. */
  thinned(epoch: Id, range: SeqRange): void {
    this.drop(epoch, "telemetry", (claim) => intersection(claim.stays, [range]).length > 0);
  }

  private drop(epoch: Id, stream: Stream, isMeant: (claim: Claim) => boolean): void {
    const before = this.claims.get(epoch, stream) ?? [];
    if (!before.some(isMeant)) return;
    this.claims.set(
      epoch,
      stream,
      before.filter((claim) => !isMeant(claim)),
    );
    this.unions.delete(epoch, stream);
  }

  /** Only what was claimed since `time`: what a hello said then could not yet name as freed. */
  since(time: number): Claims {
    const later = new Claims();
    for (const { epoch, stream, value: claims } of this.claims.entries()) {
      const kept = claims.filter((claim) => claim.madeAt >= time && claim.state === "proven");
      if (kept.length > 0) later.claims.set(epoch, stream, kept);
    }
    return later;
  }
}

/** Ranges whose frames together have one checksum, by the cloud's word. */
export interface Claim {
  ranges: SeqRange[];
  /** Of these what is to be sent all the same: the disk has it whole, the cloud thinned. */
  stays: SeqRange[];
  checksum: Checksum;
  state: "proving" | "proven" | "differs";
  /** Monotonic ms. */
  madeAt: number;
}

/** What of a claim is not to be sent. Where rig and cloud differ nothing of it is: it would be trimmed. */
function busyOf({ ranges, stays, state }: Claim): readonly SeqRange[] {
  return stays.length === 0 || state === "differs" ? ranges : minus(ranges, stays);
}

function isTouched({ ranges }: Claim, said: SeqRange): boolean {
  return ranges.some((range) => overlap(range, said));
}
