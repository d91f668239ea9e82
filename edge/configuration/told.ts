import type { HmiConfigError, HmiConfiguration, HmiFault } from "../../shared/domain/hmi.ts";
import type { GoodConfig } from "./config.ts";
import type { ConfigFile } from "./config-file.ts";
import type { Happened } from "./happened.ts";
import type { WayBack } from "./way-back.ts";

/** Why nothing is read. */
export interface Trouble {
  kind: HmiFault["kind"];
  /** ms UTC. */
  since: number;
  errors: HmiConfigError[];
  /** Of the configuration that did not start or has errors. */
  hash: string | null;
}

/** The file, what was kept of it, and what happened to it. */
export interface ConfigFacts {
  path: string;
  file: ConfigFile;
  wayBack: WayBack;
  happened: Happened;
}

/** What the screen says while nothing is read. `notKept` is why what is kept cannot be read, `valuesUntil` when the last good value came (ms UTC). */
export function faultOf(
  { kind, since, errors, hash }: Trouble,
  { path, file, wayBack, happened }: ConfigFacts,
  { notKept, valuesUntil }: { notKept: string | null; valuesUntil: number | null },
): HmiFault {
  const kept = wayBack.span(hash);
  return {
    ...{ kind, since, errors, valuesUntil, notKept, file: path, checkedAt: file.checkedAt() },
    devices: wayBack.config()?.config.devices.length ?? null,
    kept: kept === null ? null : { ...kept, until: Math.max(kept.until, valuesUntil ?? 0) },
    happened: happened.list(),
  };
}

/** The file beside what runs. */
export function configurationOf(running: GoodConfig, { path, file, wayBack }: ConfigFacts): HmiConfiguration {
  const read = file.read();
  const errors = "errors" in read ? read.errors : [];
  const state = errors.length > 0 ? "broken" : read.hash === running.hash ? "same" : "differs";
  const { savedAt } = read;
  const earlier = wayBack.earlier(running.hash);
  const kept = wayBack.span(running.hash);
  return { file: path, checkedAt: file.checkedAt(), savedAt, state, errors, earlier, kept };
}
