import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import { longestShelveMs } from "../../../../shared/domain/shelving.ts";
import { AlarmRow } from "../../../../shared/ui/AlarmRow.tsx";
import { placeIn, related } from "../../../../shared/ui/alarms.ts";
import { zoneOf } from "../../../../shared/ui/format.ts";
import { ShelvedRow } from "../../../../shared/ui/ShelvedRow.tsx";
import { scrollable } from "../../../../shared/ui/scrollable.ts";
import { acknowledge, actsOff, askShelve, sending, unshelve } from "../acts.ts";
import { system } from "../settings.ts";
import { now, rig } from "../store.ts";
import { whyStill } from "../touch.ts";
import { sourceOf, valueNow } from "../values.ts";

export interface AlarmListProps {
  list: readonly AlarmState[];
  chosen: string | null;
  choose: (alarm: string) => void;
  /** Those of the list that nothing judges now. */
  notJudged: ReadonlySet<string>;
  /** What stands there where there is none. */
  empty: string;
}

/** Why nothing can be done about an alarm while no value is read. */
export const NOT_JUDGED = "Off until values are read again";

const zone = () => zoneOf(rig.value?.timeZone ?? "UTC");

/** Alarms with what can be done about each; in a flood the head says so. */
export function AlarmList({
  list,
  chosen,
  choose,
  notJudged,
  empty,
  flood,
}: AlarmListProps & { flood: number | null }) {
  return (
    <>
      <div class="listhead" aria-hidden="true">
        <span>{flood === null ? "Alarm and state" : <b>Flood, {flood} in 10 min, by first out</b>}</span>
        <span>Value and limit</span>
        <span>Raised</span>
      </div>
      <ul class="scroll" {...scrollable} aria-label="Alarms, the most urgent first">
        {list.map((alarm) => (
          <AlarmRow
            key={alarm.alarm}
            alarm={alarm}
            chosen={alarm.alarm === chosen}
            now={now.value.wall}
            timeText={zone().time}
            system={system.value}
            valueNow={valueNow(alarm)}
            choose={() => choose(alarm.alarm)}
            off={actsOff()}
            sending={sending.value.has(alarm.alarm)}
            acknowledge={() => acknowledge(alarm)}
            shelve={longestShelveMs(alarm.priority) === 0 ? null : () => askShelve(alarm, null)}
            notJudged={notJudged.has(alarm.alarm)}
            still={whyStill(alarm)}
            place={placeIn(related(alarm, list, sourceOf), alarm)}
          />
        ))}
        {list.length === 0 && <li class="none">{empty}</li>}
      </ul>
    </>
  );
}

const shownOf = (alarm: AlarmState, notJudged: ReadonlySet<string>) => ({
  alarm,
  now: now.value.wall,
  minuteText: zone().minute,
  notJudged: notJudged.has(alarm.alarm),
});

/** Shelved alarms, the next to return first; each can be returned by hand. */
export function ShelvedList({ list, chosen, choose, notJudged, empty }: AlarmListProps) {
  return (
    <ul class="scroll shelvedlist" {...scrollable} aria-label="Shelved alarms, the next to return first">
      {list.map((alarm) => (
        <ShelvedRow
          key={alarm.alarm}
          {...shownOf(alarm, notJudged)}
          choose={{ chosen: alarm.alarm === chosen, act: () => choose(alarm.alarm) }}
          giveBack={{
            off: actsOff() ?? (notJudged.has(alarm.alarm) ? NOT_JUDGED : null),
            sending: sending.value.has(alarm.alarm) || whyStill(alarm) !== null,
            act: () => unshelve(alarm),
          }}
        />
      ))}
      {list.length === 0 && <li class="none">{empty}</li>}
    </ul>
  );
}

/** What is shelved, in sight below the open alarms. */
export function ShelvedCard({ list, notJudged }: Pick<AlarmListProps, "list" | "notJudged">) {
  return (
    <section class="card shelvedcard" aria-label="Shelved alarms">
      <div class="line">
        <h2>Shelved</h2>
        <span class="label">At most 8 h for priority 3 and 4, 1 h for 2, never for 1. Returns by itself.</span>
      </div>
      <ul class="scroll shelvedlist" {...scrollable} aria-label="Shelved alarms, the next to return first">
        {list.map((alarm) => (
          <ShelvedRow key={alarm.alarm} {...shownOf(alarm, notJudged)} />
        ))}
      </ul>
    </section>
  );
}
