import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import { AlarmMark } from "../../../../shared/ui/AlarmMark.tsx";
import { headText } from "../../../../shared/ui/alarm-words.ts";
import { sorted } from "../../../../shared/ui/alarms.ts";

const MOST = 2;

/** What was open when the screen was cut off: grey, since nobody knows what is open now. */
export function LastKnown({ alarms }: { alarms: readonly AlarmState[] }) {
  const open = sorted(alarms);
  return (
    <section class="card lastknown" aria-label="Last known alarms">
      <h2>Last known before the loss</h2>
      <ul>
        {open.slice(0, MOST).map((alarm) => (
          <li key={alarm.alarm}>
            <AlarmMark priority={alarm.priority} look="off" size={25} />
            <span class="what">{headText(alarm)}</span>
            <span class="label">{alarm.state === "acknowledged" ? "acknowledged" : "not acknowledged"}</span>
          </li>
        ))}
      </ul>
      {open.length === 0 && <p class="label">No alarm was open.</p>}
      {open.length > MOST && <p class="label">{open.length - MOST} more were open.</p>}
    </section>
  );
}
