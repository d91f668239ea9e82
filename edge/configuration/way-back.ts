import type { HmiConfiguration, HmiKept } from "../../shared/domain/hmi.ts";
import type { Log } from "../../shared/node/log.ts";
import { type ConfigRead, checkConfig, type GoodConfig } from "./config.ts";
import { openKept } from "./kept.ts";

/** The configuration that a rig can go back to, and whether a person chose it. */
export interface WayBack {
  /** Null where none is kept, or where this software does not read it any more. */
  config(): GoodConfig | null;
  /** When it ran, unless it is the one of this hash; null where there is none to go back to. */
  span(besides: string | null): HmiKept | null;
  /** When it gave its last good value that is known, ms UTC; null where none is kept. */
  until(): number | null;
  /** The kept configuration, if a person chose it and the file was not mended since. */
  wanted(file: ConfigRead): GoodConfig | null;
  /** Who chose it, and when, if it is the one of this hash; else null. */
  earlier(running: string): HmiConfiguration["earlier"];
  /** `instead` is the hash of the file that it shall run instead of. Throws if the disk refuses: a choice that a restart forgets is none. */
  choose(by: string, instead: string | null): void;
  /** The file counts again. */
  unchoose(): void;
  /** Keeps what runs, from its first good value on; written down now and then, or `now`. */
  note(running: GoodConfig, polls: readonly { lastGoodAt: number | null }[], now: boolean): void;
}

export function openWayBack(folder: string, log: Log): WayBack {
  const kept = openKept(folder, (path, err) =>
    log.error({ path, err }, "what was kept of a configuration is unreadable"),
  );
  let checked: { hash: string; config: GoodConfig | null } | null = null;
  let refused = false;

  function config(): GoodConfig | null {
    const last = kept.last();
    if (last === null) return null;
    if (checked?.hash !== last.hash) {
      const now = checkConfig(last.text);
      checked = { hash: last.hash, config: "errors" in now ? null : { ...now, hash: last.hash, text: last.text } };
    }
    return checked.config;
  }

  function span(besides: string | null): HmiKept | null {
    const last = kept.last();
    if (last === null || last.hash === besides || config() === null) return null;
    return { from: last.from, until: last.until };
  }

  /** Readings go on while the disk refuses to note this. `note` gives whether it wrote. */
  function orWarn(note: () => boolean): void {
    try {
      if (note()) refused = false;
    } catch (error) {
      if (!refused) log.warn({ err: error }, "the way back could not be noted");
      refused = true;
    }
  }

  return {
    config,
    span,
    until: () => kept.last()?.until ?? null,
    wanted(file) {
      const choice = kept.chosen();
      const mended = !("errors" in file) && file.hash !== choice?.instead;
      return choice === null || mended ? null : config();
    },
    earlier(running) {
      const choice = kept.chosen();
      const ran = span(null);
      if (choice === null || ran === null || kept.last()?.hash !== running) return null;
      return { ...ran, since: choice.at, by: choice.by };
    },
    choose: (by, instead) => kept.choose({ by, at: Date.now(), instead }),
    unchoose() {
      if (kept.chosen() === null) return;
      orWarn(() => {
        kept.choose(null);
        return true;
      });
    },
    note(running, polls, now) {
      const times = polls.flatMap(({ lastGoodAt }) => (lastGoodAt === null ? [] : [lastGoodAt]));
      if (times.length > 0) orWarn(() => kept.ran(running, Math.max(...times), now));
      // The same text: a long one need not be parsed and held twice.
      if (kept.last()?.hash === running.hash) checked = { hash: running.hash, config: running };
    },
  };
}
