import type { Log } from "../../shared/node/log.ts";
import type { FrameTime } from "../../shared/wire/frame.ts";
import type { History } from "./history.ts";
import type { Journal } from "./journal.ts";

export interface SetAsideParts {
  encode: History["encode"];
  takeOut: Journal["takeOut"];
  now(): FrameTime;
  log: Pick<Log, "error">;
}

/** `encode`, where a frame that the disk did not keep as it was written is taken out of the journal before the answer, which has no bytes then. */
export function settingAside({ encode, takeOut, now, log }: SetAsideParts): History["encode"] {
  return async (order) => {
    const encoded = await encode(order);
    if (encoded.broken === null) return encoded;
    const frame = { epoch: order.epoch, stream: order.stream, seq: encoded.broken };
    log.error(frame, "the disk did not keep a frame as it was written: it is taken out, a gap tells of it");
    await takeOut(frame, now());
    return encoded;
  };
}
