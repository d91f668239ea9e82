import type { AlarmState } from "../../shared/domain/alarm.ts";
import { AlarmEvent, EpochRecord, type RigEvent } from "../../shared/domain/event.ts";
import type { Sqlite } from "../../shared/node/sqlite.ts";
import { insertSql, soundSql } from "./schema.ts";

/** The table of alarms as they stand: by rig, of the epoch that runs, by alarm the state with the greatest seq. */
export interface AlarmRows {
  /** Takes events of the running epoch into account. */
  apply(rig: number, epoch: number, seq: number, event: RigEvent): void;
  /** Another epoch runs: its alarms count, as far as they have landed. */
  switchTo(rig: number, epoch: number): void;
}

export function alarmRows(db: Sqlite): AlarmRows {
  const put = db.prepare(
    `${insertSql("alarm")}
     on conflict (rig, alarm) do update set epoch = excluded.epoch, seq = excluded.seq, state = excluded.state, seal = excluded.seal
     where alarm.epoch <> excluded.epoch or alarm.seq < excluded.seq`,
  );
  const dropOthers = db.prepare("delete from alarm where rig = ? and epoch <> ?");
  const history = db.prepare<[number], { seq: number; body: string }>(
    `select seq, body from event where epoch = ? and type in ('epoch', 'alarm') and ${soundSql("event")} order by seq, place`,
  );
  const set = (rig: number, epoch: number, seq: number, state: AlarmState) =>
    put.run({ rig, alarm: state.alarm, epoch, seq, state: JSON.stringify(state) });
  const apply = (rig: number, epoch: number, seq: number, event: RigEvent): void => {
    if (event.type === "alarm") set(rig, epoch, seq, event.state);
    if (event.type !== "epoch") return;
    // The record closes what other epochs left open; until it is here, their alarms are the last that is known.
    dropOthers.run(rig, epoch);
    for (const state of event.openAlarms) set(rig, epoch, seq, state);
  };
  return {
    apply,
    switchTo(rig, epoch) {
      for (const { seq, body } of history.all(epoch)) {
        const event: unknown = JSON.parse(body);
        const record = EpochRecord.safeParse(event);
        apply(rig, epoch, seq, record.success ? record.data : AlarmEvent.parse(event));
      }
    },
  };
}
