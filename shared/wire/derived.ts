import type { Id } from "../domain/id.ts";
import { Writer } from "./bytes.ts";
import { idOf } from "./chain.ts";
import { hashBytes } from "./checksum.ts";
import type { Checksum, Stream } from "./names.ts";
import { writeChecksum, writeStream } from "./parts.ts";

/**
 * The epoch that frames move to which differ from what the cloud holds under their names. It follows from the first of them
 * (its receive time in ms UTC), so that a machine that is put back once more moves them to the same names again.
 */
export function derivedEpoch(
  from: Id,
  stream: Stream,
  frame: { seq: number; checksum: Checksum; receivedAt: number },
): Id {
  const to = new Writer(48);
  to.id(from);
  writeStream(to, stream);
  to.varint(frame.seq);
  writeChecksum(to, frame.checksum);
  to.f64(frame.receivedAt);
  return idOf(hashBytes(to.finish()));
}
