import type { AlarmState } from "../shared/domain/alarm.ts";
import type { RigEvent } from "../shared/domain/event.ts";
import type { RigConfig } from "../shared/domain/rig-config.ts";
import type { TagVersion } from "../shared/domain/tag.ts";
import { openDying } from "../shared/node/died.ts";
import { every } from "../shared/node/every.ts";
import { openBoxAlarm } from "./alarms/box-alarm.ts";
import { openStorageWatch } from "./alarms/storage.ts";
import { type Linked, type Opened, openBooks, orClose, type RigOptions } from "./books.ts";
import { startCloudWay } from "./cloud-way.ts";
import { openRecorder } from "./recorder.ts";
import { journalFaults } from "./storage-faults.ts";

/**
 * What of a rig runs without a configuration that parses: what is kept can be read and goes on to the cloud, and the office is told that no values are
 * read. No device is asked, no tick is closed: the time counts as a gap.
 */
export interface Standby extends Linked {
  /** The newest version of every tag that was ever told. */
  tags: readonly TagVersion[];
  alarms(): readonly AlarmState[];
  acknowledge(alarm: string, who: string, at: number): AlarmState | null;
  /** Stores events at once; false if there was no room for them. */
  tell(...events: RigEvent[]): Promise<boolean>;
  stop(): Promise<void>;
  /** Rejects when a part dies of a bug. */
  died: Promise<never>;
}

/** How often what the box keeps is judged. */
const JUDGE_MS = 1_000;

/** Starts it by the configuration that last gave good values: it knows the rig, its office and its disk. `why` is for the alarm. Throws like `startRig`. */
export function startStandby(config: RigConfig, why: string, options: RigOptions): Promise<Standby> {
  return orClose((opened) => startParts(config, why, options, opened));
}

async function startParts(config: RigConfig, why: string, options: RigOptions, opened: Opened): Promise<Standby> {
  const { clock, changed } = options;
  const at = clock.now().receivedAt;
  const books = await openBooks(config, at, options, opened);
  const { journal, history } = books;
  const { cloud, link } = startCloudWay(books, options);
  const alarm = openBoxAlarm({ name: "configuration", condition: "configuration" }, journal.opening.openAlarms);
  const storage = openStorageWatch(journal.opening.openAlarms);
  const alarms = () => [...storage.open(), ...alarm.open()];
  journal.defineBy(() => [alarms().map((state) => ({ type: "alarm", state }))]);
  const recorder = openRecorder(
    (events) => journal.append({ stream: "events", ...clock.now(), events }),
    () => journal.state().waitingBytes,
  );
  // A disk that refuses must not hold up the screen: the event waits in RAM.
  function tell(changes: readonly AlarmState[]): void {
    if (changes.length === 0) return;
    recorder.record(...changes.map((state) => ({ type: "alarm" as const, state }))).catch(() => undefined); // `died` tells
    changed();
  }
  tell(alarm.judge(`No values are read, alarms are not working: ${why}`, at));

  const stopping = new AbortController();
  async function watchStorage(): Promise<void> {
    for await (const _ of every(JUDGE_MS, stopping.signal)) {
      const faults = { ...journalFaults(journal.state()), identity: books.identity.lost };
      tell(storage.judge(faults, clock.now().receivedAt));
      const set = clock.watch();
      if (set !== null) recorder.record(set).catch(() => undefined); // `died` tells
      recorder.again().catch(() => undefined); // `died` tells
    }
  }
  const { died, fail } = openDying();
  const watching = watchStorage().catch(fail);
  return {
    ...books,
    cloud,
    link,
    tags: journal.opening.tags,
    alarms,
    acknowledge: (which, who, at) => storage.acknowledge(which, who, at) ?? alarm.acknowledge(which, who, at),
    tell: recorder.record,
    async stop() {
      stopping.abort();
      await watching;
      await link.stop();
      await cloud.stop();
      await books.budget.close();
      await journal.close();
      await history.close();
    },
    died: Promise.race([journal.died, history.died, cloud.died, died]),
  };
}
