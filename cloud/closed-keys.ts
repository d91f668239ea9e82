import type { Log } from "../shared/node/log.ts";
import type { Fleet } from "./fleet/fleet.ts";
import type { RigKeys } from "./rig-keys.ts";

/** Rig keys that fail closed: while fleet.db cannot say that a key or a secret is live, it is not, and what it signed is kept aside. */
export function closedKeys(fleet: RigKeys, log: Log): RigKeys {
  function asked<T>(ask: () => T, no: T): T {
    try {
      return ask();
    } catch (error) {
      log.error({ err: error }, "fleet.db does not answer: nobody is believed");
      return no;
    }
  }
  return {
    liveKey: (rig, key) => asked(() => fleet.liveKey(rig, key), null),
    brokerSecretOk: (rig, secret) => asked(() => fleet.brokerSecretOk(rig, secret), false),
    cloudKey() {
      try {
        return fleet.cloudKey();
      } catch (cause) {
        // Not the archive's fault: nothing of it is to be mended.
        throw new Error("fleet.db gives no key to sign with", { cause });
      }
    },
  };
}

/** Why nothing may land: an admin must answer for a fleet.db that may have forgotten revocations; null when it may. */
export function barredBy(fleet: Pick<Fleet, "unconfirmed">): string | null {
  try {
    const why = fleet.unconfirmed();
    return why === null ? null : `${why}; an admin must confirm the fleet`;
  } catch (error) {
    return `fleet.db does not answer: ${error instanceof Error ? error.message : String(error)}`;
  }
}
