import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import { longestShelveMs } from "../../../../shared/domain/shelving.ts";
import { AlarmRow } from "../../../../shared/ui/AlarmRow.tsx";
import { placeIn, related } from "../../../../shared/ui/alarms.ts";
import { zoneOf } from "../../../../shared/ui/format.ts";
import { ShelvedRow } from "../../../../shared/ui/ShelvedRow.tsx";
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
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard */}
      <ul class="scroll" tabIndex={0} aria-label="Alarms, the most urgent first">
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

/** Shelved alarms, the next to return first; each can be returned by hand. */
export function ShelvedList({ list, chosen, choose, notJudged, empty }: AlarmListProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard
    <ul class="scroll shelvedlist" tabIndex={0} aria-label="Shelved alarms, the next to return first">
      {list.map((alarm) => (
        <ShelvedRow
          key={alarm.alarm}
          alarm={alarm}
          now={now.value.wall}
          minuteText={zone().minute}
          notJudged={notJudged.has(alarm.alarm)}
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
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard */}
      <ul class="scroll shelvedlist" tabIndex={0} aria-label="Shelved alarms, the next to return first">
        {list.map((alarm) => (
          <ShelvedRow
            key={alarm.alarm}
            alarm={alarm}
            now={now.value.wall}
            minuteText={zone().minute}
            notJudged={notJudged.has(alarm.alarm)}
          />
        ))}
      </ul>
    </section>
  );
}
