import { HttpError } from "../../shared/node/http/errors.ts";
import type { Log } from "../../shared/node/log.ts";
import { isDamageError, isStorageError } from "../archive/damage.ts";

/** Seconds after which it is worth trying again. */
const AGAIN_S = "5";

/** What a database could not do just now, as an answer that says so: 503, and when to ask again. Everything else as it is. */
export function storageError(error: Error, log: Log): Error {
  if (!isStorageError(error)) return error;
  log.error({ err: error }, "http: storage failed");
  const message = isDamageError(error)
    ? "what was asked for is damaged and being mended; nothing is shown in its place"
    : "the disk does not take or give it just now";
  return new HttpError(503, "SERVICE_UNAVAILABLE", message, undefined, { "retry-after": AGAIN_S });
}
