import type { Log } from "../shared/node/log.ts";

/** Lines that one address may cause in a minute, and all of them together. */
const MOST = { each: 10, all: 60 };
const MINUTE = 60_000;

/**
 * Logs who was refused or cut off, and why: a few lines a minute for each address, for no more addresses than that. The rest is counted, and
 * said with the first line of a later minute. `now` is monotonic, ms.
 */
export function boundedRefusals(
  log: Pick<Log, "warn">,
  now: () => number = () => performance.now(),
): (remote: string, what: Record<string, unknown>) => void {
  let began = now();
  let said = new Map<string, number>();
  let inAll = 0;
  let unsaid = 0;
  return (remote, what) => {
    if (now() - began >= MINUTE) {
      [began, said, inAll] = [now(), new Map(), 0];
    }
    const before = said.get(remote) ?? 0;
    if (before >= MOST.each || inAll >= MOST.all) {
      unsaid++;
      return;
    }
    said.set(remote, before + 1);
    inAll++;
    const more = unsaid > 0 ? { unsaid } : {};
    unsaid = 0;
    log.warn({ remote, ...what, ...more }, "broker: refused or cut off");
  };
}
