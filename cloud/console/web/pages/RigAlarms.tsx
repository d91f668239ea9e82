import type { AlarmState } from "../../../../shared/domain/alarm.ts";
import type { RigSummary } from "../../../../shared/domain/api-rigs.ts";
import { fitOf, unitWord } from "../../../../shared/ui/alarm-words.ts";
import { shelved, sorted, suppressed } from "../../../../shared/ui/alarms.ts";
import type { Zone } from "../../../../shared/ui/format.ts";
import { now } from "../clock.ts";
import { isTold } from "../fleet-order.ts";
import { serverSilent } from "../line.ts";
import { AlarmLine } from "../parts/AlarmLine.tsx";
import type { RigLive } from "../rig-live.ts";
import { system } from "../settings.ts";
import { officeShown } from "../shown-value.ts";

/** Alarms of one rig that are not normal: open ones worst first, then those that were put aside. */
export function RigAlarms({ rig, live, zone }: { rig: RigSummary; live: RigLive; zone: Zone }) {
  const open = sorted(live.alarms.value);
  const aside = [...shelved(live.alarms.value), ...suppressed(live.alarms.value)];
  const lost = serverSilent.value !== null;
  const knownAt = lost ? (live.heard.value?.at ?? rig.seenAt) : isTold(rig) ? null : rig.seenAt;
  const lines = (alarms: typeof open) =>
    alarms.map((alarm) => (
      <AlarmLine
        key={alarm.alarm}
        alarm={alarm}
        knownAt={knownAt}
        live={knownAt === null && alarm.condition === "score" ? scoreNow(live, alarm) : undefined}
        now={now.value}
        zone={zone}
        system={system.value}
      />
    ));
  return (
    <>
      <p class="label">To read only: alarms are acknowledged and shelved at the rig.</p>
      <section class="card alarmlist">
        {open.length === 0 ? (
          <p class="empty">{knownAt === null ? "No open alarms" : "Last known: no open alarms"}</p>
        ) : (
          <ul>{lines(open)}</ul>
        )}
      </section>
      {aside.length > 0 && (
        <section class="card alarmlist">
          <h2>Shelved, suppressed or out of service</h2>
          <ul>{lines(aside)}</ul>
        </section>
      )}
    </>
  );
}

/** The value that an alarm of a score is about, as it is now: "now 2,912 psi", with its letter where it is not plainly good. */
function scoreNow(live: RigLive, alarm: AlarmState): string | undefined {
  const lead = fitOf(alarm) === null ? undefined : alarm.evidence?.[0]?.name;
  const tag = live.tags.value.find(({ tag, name }) => (lead === undefined ? tag === alarm.tag : name === lead));
  const present = tag === undefined ? undefined : live.values.value.get(tag.tag);
  if (tag === undefined || present === undefined) return undefined;
  const { text, letter, unit } = officeShown(tag, present, now.value, system.value, false);
  return `now ${text} ${unitWord(tag.unit, unit)}${letter === null ? "" : ` ${letter}`}`;
}
