import type { Id, RigId } from "../shared/domain/id.ts";
import type { Log } from "../shared/node/log.ts";
import { isUnknown } from "./archive/dating.ts";
import { type Dictionary, definitionsOf } from "./archive/definitions.ts";
import { openArchiveFile } from "./archive/open-file.ts";
import { openBody } from "./body.ts";
import type { Landed } from "./landed.ts";
import { readingsOf } from "./perform.ts";
import type { RigKeys } from "./rig-keys.ts";
import { signatureCheck } from "./signature.ts";
import type { RigMessage } from "./source.ts";

/**
 * While nothing can land, live batches of running epochs are shown all the same, as previews are: never held, never receipted. A batch whose
 * dictionary cannot be read just now is not shown.
 */
export function showing(
  path: string,
  keys: Pick<RigKeys, "liveKey">,
  landed: (what: Landed) => void,
  log: Log,
): (message: RigMessage) => Promise<void> {
  const check = signatureCheck(keys);
  const known = new Map<string, Dictionary>();

  function dictionary(rig: RigId, hash: Id): Dictionary | null {
    const key = `${rig}/${hash}`;
    const found = known.get(key) ?? readDictionary(path, rig, hash, log);
    if (known.size > 300) known.clear();
    if (found !== null) known.set(key, found);
    return found;
  }

  return async (message) => {
    const checked = await check(message);
    if (checked.kind !== "batch" || checked.header.epoch !== checked.header.running) return;
    if (checked.header.lane !== "live") return;
    const body = openBody(checked, { dictionary }, log);
    if (body.kind !== "telemetry") return;
    // What dates a frame cannot be read now.
    const { clock } = body.times;
    const shifts = clock.some(isUnknown) ? Float64Array.from(clock, (one) => (isUnknown(one) ? Number.NaN : 0)) : null;
    const shown = readingsOf(body, checked, [], checked.header.running, shifts);
    if (shown.type === "readings") landed({ ...shown, preview: true });
  };
}

function readDictionary(path: string, rig: RigId, hash: Id, log: Log): Dictionary | null {
  try {
    const db = openArchiveFile(path);
    try {
      const no = db.prepare<[RigId], number>("select no from rig where rig = ?").pluck().get(rig);
      return no === undefined ? null : definitionsOf(db).dictionary(no, hash);
    } finally {
      db.close();
    }
  } catch (error) {
    log.warn({ err: error, rig }, "live: the archive cannot say what a batch holds");
    return null;
  }
}
