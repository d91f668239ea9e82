import { basename } from "node:path";
import type { HmiConfigError, HmiConfiguration, HmiFault } from "../shared/domain/hmi.ts";
import { openDying } from "../shared/node/died.ts";
import { openTurns } from "../shared/node/in-turn.ts";
import type { RigOptions } from "./books.ts";
import type { GoodConfig } from "./configuration/config.ts";
import { openConfigFile } from "./configuration/config-file.ts";
import { openHappened } from "./configuration/happened.ts";
import { type ConfigFacts, configurationOf, faultOf, type Trouble } from "./configuration/told.ts";
import { openWayBack } from "./configuration/way-back.ts";
import { Refused } from "./hmi/rig-view.ts";
import { type Rig, startRig } from "./rig.ts";
import { type Standby, startStandby } from "./standby.ts";

/** What the daemon runs, and by which configuration: the file's, or, where a person went back, the last that gave good values. */
export interface Runs {
  rig(): Rig | null;
  /** What runs while the configuration is broken; null where nothing can. */
  standby(): Standby | null;
  fault(): HmiFault | null;
  configuration(): HmiConfiguration | null;
  /** Reads the file if it changed, or in any case if `again`; starts the rig if nothing is read and something can be. A rig that runs is not touched. */
  look(again: boolean): Promise<void>;
  /** See the screen's `RigView`. */
  goBack(who: string, station: string): Promise<void>;
  takeFile(who: string, station: string): Promise<void>;
  stop(): Promise<void>;
  /** Rejects when a part dies of a bug. */
  died: Promise<never>;
}

export interface RunsOptions extends RigOptions {
  /** The rig's configuration. */
  file: string;
}

/** What did not start is not tried again earlier, unless the file changed. */
const RETRY_MS = 1_500;

/** Nothing runs before the first look. */
export function openRuns(options: RunsOptions): Runs {
  const { folder, log, changed } = options;
  const name = basename(options.file);
  const file = openConfigFile(options.file, log);
  const wayBack = openWayBack(folder, log);
  const happened = openHappened(name);
  const facts: ConfigFacts = { path: options.file, file, wayBack, happened };
  let rig: Rig | null = null;
  /** What the rig runs by. */
  let running: GoodConfig | null = null;
  let standby: Standby | null = null;
  let noStandby: string | null = null;
  let trouble: Trouble | null = null;
  let valuesUntil = wayBack.until();
  let stopped = false;
  let triedAt = Number.NEGATIVE_INFINITY;

  const { died, fail } = openDying();

  /** One thing at a time: two would start the rig twice. */
  const inTurn = openTurns();

  /** True if it was read. */
  function readFile(again: boolean): boolean {
    const news = file.look(again);
    if (news) happened.read(file.read());
    return news;
  }

  async function look(again: boolean): Promise<void> {
    if (stopped) return;
    const news = readFile(again);
    if (rig === null) {
      // What a start writes may wake the look itself.
      if (!news && performance.now() - triedAt < RETRY_MS) return;
      await startWhatCan();
      triedAt = performance.now();
    } else {
      noteRan(false);
      // Somebody put into the file what runs: it is no earlier configuration any more.
      if (file.read().hash === running?.hash) wayBack.unchoose();
    }
    changed();
  }

  async function startWhatCan(): Promise<void> {
    const read = file.read();
    const earlier = wayBack.wanted(read);
    if (earlier !== null) await start(earlier);
    else if ("errors" in read) await breakDown(read.errors, read.hash);
    else {
      await start(read);
      if (rig !== null) wayBack.unchoose();
    }
  }

  async function breakDown(errors: HmiConfigError[], hash: string | null): Promise<void> {
    takeTrouble("configuration", errors, hash);
    if (standby !== null) return;
    const last = wayBack.config();
    if (last === null) {
      noStandby = "no configuration that gave good values is kept, so the way to the office is not known";
      return;
    }
    try {
      standby = await startStandby(last.config, `${name} has ${countText(errors.length)}`, options);
      standby.died.catch(fail);
      happened.add("An alarm was raised. It goes to the office with what is not yet sent");
      await findValuesUntil(standby);
    } catch (error) {
      const why = textOf(error);
      if (noStandby !== why) log.error({ err: error }, "what is kept cannot be read or sent");
      noStandby = why;
    }
  }

  /** After a power cut the last note of a good value is some seconds old: the frames that followed it tell. */
  async function findValuesUntil({ history, config }: Standby): Promise<void> {
    const until = wayBack.until();
    if (until === null) return;
    const [span] = await history.spans(until, until + 10_000, 3 * config.tickMs);
    valuesUntil = Math.max(until, span?.to ?? 0);
  }

  /** What keeps the rig from starting (another rig's identity, a disk that is full or refuses) is for people to see and mend, like the configuration. */
  async function start(config: GoodConfig): Promise<void> {
    await endStandby();
    try {
      rig = await startRig(config.config, options);
    } catch (error) {
      if (trouble?.kind !== "start") {
        log.error({ err: error }, "the rig could not be started; it is tried again");
        happened.add("The rig could not be started. It is tried again by itself");
      }
      noStandby = "the rig's own start failed";
      takeTrouble(
        "start",
        [{ path: "", line: null, column: null, message: textOf(error), nearest: null, excerpt: [] }],
        config.hash,
      );
      return;
    }
    running = config;
    trouble = null;
    happened.clear();
    log.info({ rig: config.config.rig, epoch: rig.record.epoch, configuration: config.hash }, "started");
    rig.gateway.done.catch(fail);
  }

  function takeTrouble(kind: Trouble["kind"], errors: HmiConfigError[], hash: string | null): void {
    trouble = { kind, errors, hash, since: trouble?.since ?? Date.now() };
  }

  async function endStandby(): Promise<void> {
    const was = standby;
    standby = null;
    await was?.stop();
  }

  async function endRig(): Promise<void> {
    const was = rig;
    noteRan(true);
    [rig, running] = [null, null];
    await was?.stop();
  }

  function noteRan(now: boolean): void {
    if (rig === null || running === null) return;
    wayBack.note(running, rig.gateway.state().polls, now);
    valuesUntil = wayBack.until();
  }

  /**
   * Runs a configuration at a person's wish; where it does not start, what ran before runs again. Nothing is lost: the run that ends commits what it has,
   * the next one is another epoch.
   */
  async function runInstead(config: GoodConfig, did: string, who: string, station: string): Promise<void> {
    const before = running;
    await endRig();
    await start(config);
    const started = rig;
    if (started === null) {
      const why = trouble?.errors[0]?.message ?? "not known why";
      if (before === null) throw new Refused(`It could not be started: ${why}`);
      await start(before);
      throw new Refused(`It could not be started, so what ran before was started again: ${why}`);
    }
    const action = { type: "action", at: Date.now(), who, station, what: did } as const;
    await started.gateway.record({ ...action, detail: { configuration: config.hash } });
    log.info({ who, configuration: config.hash }, did);
  }

  async function goBack(who: string, station: string): Promise<void> {
    readFile(false);
    const config = wayBack.config();
    if (config === null) throw new Refused("No earlier configuration is kept on this box.");
    if (running?.hash === config.hash) throw new Refused("That configuration runs already.");
    try {
      wayBack.choose(who, file.read().hash);
    } catch (cause) {
      throw new Refused(`The choice could not be stored, so nothing was changed: ${textOf(cause)}`, { cause });
    }
    try {
      await runInstead(config, "went back to the configuration that ran before", who, station);
    } catch (error) {
      wayBack.unchoose();
      throw error;
    }
  }

  async function takeFile(who: string, station: string): Promise<void> {
    readFile(true);
    const read = file.read();
    if ("errors" in read) throw new Refused("The file has errors. What runs was not touched.");
    if (running?.hash === read.hash) throw new Refused("What the file says runs already.");
    await runInstead(read, "restarted with the configuration's file", who, station);
    wayBack.unchoose();
  }

  /** What a part does that can't be stopped in order is not known: the process ends. */
  function orDie(work: Promise<void>): Promise<void> {
    return work.catch((error) => {
      if (!(error instanceof Refused)) fail(error);
      throw error;
    });
  }

  return {
    rig: () => rig,
    standby: () => standby,
    fault() {
      if (rig !== null || trouble === null) return null;
      const notKept = standby === null ? (noStandby ?? "it is being opened") : null;
      return faultOf(trouble, facts, { notKept, valuesUntil });
    },
    configuration: () => (rig === null || running === null ? null : configurationOf(running, facts)),
    look: (again) => inTurn(() => look(again)),
    goBack: (who, station) => inTurn(() => orDie(goBack(who, station))),
    takeFile: (who, station) => inTurn(() => orDie(takeFile(who, station))),
    stop: () =>
      inTurn(async () => {
        stopped = true;
        await endRig();
        await endStandby();
      }),
    died,
  };
}

const countText = (count: number) => (count === 1 ? "1 error" : `${count} errors`);

/** An error with what it came from, for people. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : textOf(error.cause);
  return cause === "" || error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}
