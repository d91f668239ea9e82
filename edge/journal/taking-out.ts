import type { Log } from "../../shared/node/log.ts";
import type { FrameTime } from "../../shared/wire/frame.ts";
import { type History, ReadError } from "./history.ts";
import type { Journal } from "./journal.ts";

export interface TakingOutParts {
  encode: History["encode"];
  takeOut: Journal["takeOut"];
  now(): FrameTime;
  log: Pick<Log, "error">;
}

/**
 * `encode`, where a frame that the disk did not keep as it was written is taken out of the journal before the answer, which has no bytes then; nor
 * has it where the disk gives nothing at all at the moment.
 */
export function takingOut({ encode, takeOut, now, log }: TakingOutParts): History["encode"] {
  return async (order) => {
    try {
      const encoded = await encode(order);
      if (encoded.broken === null) return encoded;
      const frame = { epoch: order.epoch, stream: order.stream, seq: encoded.broken };
      if (await takeOut(frame, now()))
        log.error(frame, "the disk did not keep a frame as it was written: it is taken out, a gap tells of it");
      return encoded;
    } catch (error) {
      if (!(error instanceof ReadError) || error.trouble === "bug") throw error;
      log.error({ err: error }, "frames cannot be read from the disk");
      return { count: 0, bytes: null, broken: null };
    }
  };
}
