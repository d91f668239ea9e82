import type { ModbusDevice } from "../../../shared/domain/rig-config.ts";
import { backoff } from "../../../shared/node/backoff.ts";
import { type Link, openLink } from "./link.ts";
import { LinkFault } from "./port.ts";
import { longestPauseMs } from "./units.ts";

/** The device's connection, made when it is needed and paused between tries. Only a value proves it; being connected does not. */
export interface Dial {
  readonly connected: boolean;
  /** Starts a poll: within it the connection may be made again this many times without a pause. */
  begin(again: number): void;
  /** The connection, made if there is none. Throws the fault that stands in the way. */
  link(): Promise<Link>;
  /** A value came. */
  proven(): void;
  /** Ends the connection; whatever waits on it fails. */
  drop(fault: LinkFault): void;
}

export function openDial(device: Pick<ModbusDevice, "host" | "port" | "timeoutMs">): Dial {
  const pauses = backoff(250, longestPauseMs);
  let link: Link | null = null;
  let opening: Promise<Link> | null = null;
  let opener = new AbortController();
  let retryAt = 0;
  let left = 0;
  let last = new LinkFault("no connection", "not connected yet");

  function paused(fault: LinkFault): LinkFault {
    last = fault;
    retryAt = performance.now() + pauses.next();
    return fault;
  }

  async function open(): Promise<Link> {
    try {
      opener = new AbortController();
      link = await openLink(device, device.timeoutMs, opener.signal);
      return link;
    } catch (error) {
      left = 0;
      throw paused(
        error instanceof LinkFault ? error : new LinkFault("no connection", String(error), { cause: error }),
      );
    } finally {
      opening = null;
    }
  }

  return {
    get connected() {
      return link?.open ?? false;
    },
    begin(again) {
      left = performance.now() < retryAt ? 0 : again + 1;
    },
    async link() {
      if (link?.open) return link;
      if (opening === null) {
        if (left <= 0) throw last;
        left--;
        opening = open();
      }
      return opening;
    },
    proven() {
      retryAt = 0;
      pauses.reset();
    },
    drop(fault) {
      // Everything that waited fails with one fault, which pauses once.
      if (fault === last) return;
      opener.abort();
      link?.fail(fault);
      link = null;
      paused(fault);
    },
  };
}
